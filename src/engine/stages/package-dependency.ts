/** `npm:name` or `npm:@scope/name`. */
const PACKAGE = /^npm:((?:@[\w-][\w.-]*\/)?[\w-][\w.-]*)$/;

/**
 * The file that stands for an installed package in `deps`, relative to the project's root: its package.json, because
 * the version there decides about all of its other files. Null for what names no package.
 */
export function packageManifest(dependency: string): string | null {
  const name = PACKAGE.exec(dependency)?.[1];
  return name === undefined ? null : `node_modules/${name}/package.json`;
}
