/**
 * What counts nowhere unless `.pipelineignore` says otherwise, in .gitignore's syntax: what programs leave beside code
 * and data without being asked, and what nobody means as an input. Names only, no paths.
 *
 * Not here, because it may be data: `*.pyd` (compiled modules), `.RData`, `*.swp` without a dot in front, `*.tmp`,
 * `*.log`, virtual environments, `node_modules`.
 */
export const ignoreDefaults: readonly string[] = [
  // The runner's own, and version control.
  '.pipeline/',
  '.pipelineignore',
  'pipeline.lock',
  'pipeline.lock.*.tmp',
  '.git',
  '.hg/',
  '.svn/',
  '.dvc/',
  // Python and Jupyter.
  '__pycache__/',
  '*.py[co]',
  '.ipynb_checkpoints/',
  '.pytest_cache/',
  '.mypy_cache/',
  '.ruff_cache/',
  // R.
  '.Rhistory',
  '.Rproj.user/',
  // macOS and Windows.
  '.DS_Store',
  '._*',
  'Thumbs.db',
  '[Dd]esktop.ini',
  // Editors and office programs: copies, locks and settings.
  '*~',
  '\\#*#',
  '.#*',
  '.*.sw[a-p]',
  '.~lock.*#',
  '~$*',
  '.idea/',
  '.vscode/',
  // Files that were removed while somebody had them open, on network and user-space file systems.
  `.nfs${'[0-9a-f]'.repeat(8)}*`,
  '.fuse_hidden*',
];

const alternatives = (patterns: readonly string[]): RegExp =>
  new RegExp(`^(?:${patterns.map(asSource).join('|')})$`, 's');

/** A name pattern as a regular expression: `*` is any text; a class, and what has a backslash, stays what it is. */
function asSource(pattern: string): string {
  return pattern.replace(/\[[^\]]+\]|\\.|\*|[.$]/g, (special) =>
    special === '*' ? '.*' : special.length > 1 ? special : `\\${special}`,
  );
}

const isFolderPattern = (pattern: string): boolean => pattern.endsWith('/');
const anything = alternatives(ignoreDefaults.filter((pattern) => !isFolderPattern(pattern)));
const folders = alternatives(ignoreDefaults.filter(isFolderPattern).map((pattern) => pattern.slice(0, -1)));

/** Whether the defaults leave out an entry of this name. Asked for every file, so without a walk through the list. */
export function isIgnoredByDefault(name: string, isDirectory: boolean): boolean {
  return anything.test(name) || (isDirectory && folders.test(name));
}
