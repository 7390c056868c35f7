import { posix } from 'node:path';

/** Folders that package managers and the runner fill. */
const filled = /(?:^|\/)(?:node_modules|site-packages|dist-packages|\.pipeline|\.git|\.venv|\.pixi)\//;
/** Folders of a system, by an absolute path: what lies there is installed, as is what PATH leads to. */
const ofSystem = /^\/(?:usr|bin|sbin|lib\w*|etc|opt|nix|snap|proc|dev|sys|run|System|Library|Applications)\//;
/** Another installation, or a setting of the user: `/home/me/tool/bin/x`, `/home/me/miniforge3/...`, `/home/me/.nvm/...`. */
const ofUser = /\/s?bin\/[^/]+$|\/(?:(?:mini|ana)?conda|miniforge|mambaforge)\d*\/|\/\.[^./]/;

/**
 * Whether a file was installed rather than written for the project: it differs from machine to machine, and a stage that
 * depends on its version has to say so.
 *
 * @param file relative to the root, or as it stands outside the project
 */
export function isInstalled(file: string, isFile: (file: string) => boolean): boolean {
  if (filled.test(file)) return true;
  if (posix.isAbsolute(file) && (ofSystem.test(file) || ofUser.test(file))) return true;
  return inVirtualEnvironment(file, isFile);
}

/** `. env/bin/activate` names no program of the project: such a folder is made on each machine. */
function inVirtualEnvironment(file: string, isFile: (file: string) => boolean): boolean {
  for (let slash = file.indexOf('/', 1); slash > 0; slash = file.indexOf('/', slash + 1)) {
    const folder = file.slice(0, slash);
    if (!folder.endsWith('..') && isFile(`${folder}/pyvenv.cfg`)) return true;
  }
  return false;
}
