import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const PARTS = ['package.json', 'package-lock.json', 'pipeline.yaml', 'tsconfig.json', 'params', 'src', 'stages', 'bin'];

/** A fresh copy of this project, as a clone would be, with the packages of the original. */
export class ProjectCopy {
  readonly root: string;
  readonly #parent = mkdtempSync(path.join(tmpdir(), 'experiment-'));

  constructor(name: string) {
    this.root = path.join(this.#parent, name);
    mkdirSync(this.root);
    for (const part of PARTS) cpSync(path.join(home, part), path.join(this.root, part), { recursive: true });
    symlinkSync(path.join(home, 'node_modules'), path.join(this.root, 'node_modules'));
  }

  run(words: readonly string[], env: NodeJS.ProcessEnv = {}): { code: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/pipeline.js', ...words], {
      cwd: this.root,
      env: { ...process.env, CI: 'true', NO_COLOR: '1', ...env },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    return { code: status, output: stdout + stderr };
  }

  /** Every file below a folder with its bytes in hex. */
  contents(folder: string): Record<string, string> {
    const at = path.join(this.root, folder);
    if (!existsSync(at)) return {};
    const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const entries = files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(at, file), readFileSync(file).toString('hex')] as const;
    });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  remove(): void {
    rmSync(this.#parent, { recursive: true, force: true });
  }
}
