import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProjectCopy, RESULTS } from '../test/experiment/project-copy.ts';

/**
 * Is the experiment the same on every supported version of Node? Runs the smoke profile on each in a clone of the last
 * commit, once more without vector instructions in the image library, and compares SHA-256 over metrics, results and
 * figures. Exits with 1 when they differ. Versions come from npm, into a temporary folder.
 *
 *   npm run bench -- node-versions [version...]
 */

const SMOKE = ['-p', 'params/smoke.yaml'];
const VERSIONS = ['20', '22', '24'];

interface Variant {
  readonly label: string;
  readonly node: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The package `node` brings its program in a package for each platform, which needs no install script. */
function installNode(version: string, folder: string): string {
  const name = `node-${process.platform}-${process.arch}`;
  const project = path.join(folder, `node-${version}`);
  const args = ['install', '--no-audit', '--no-fund', '--prefix', project, `node-bin@npm:${name}@${version}`];
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  const program = path.join(project, 'node_modules/node-bin/bin/node');
  if (status === 0 && existsSync(program)) return program;
  throw new Error(`npm does not install ${name}@${version}: ${stderr.trim()}`);
}

function versionOf(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
}

/** SHA-256 over what the smoke profile leaves in reports/. */
function digestOn({ label, node, env }: Variant): string {
  const copy = new ProjectCopy('clone', 'HEAD');
  try {
    const { code, output } = copy.run(SMOKE, env, node);
    if (code !== 0) throw new Error(`${label}: the run failed\n${output}`);
    const empty = RESULTS.filter((folder) => Object.keys(copy.contents(`reports/smoke/${folder}`)).length === 0);
    if (empty.length > 0) throw new Error(`${label}: the run left no ${empty.join(', ')}`);
    return copy.digest(RESULTS.map((folder) => `reports/smoke/${folder}`));
  } finally {
    copy.remove();
  }
}

export function main(versions: readonly string[]): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'node-versions-'));
  try {
    writeFileSync(path.join(folder, 'package.json'), '{}');
    const nodes = (versions.length > 0 ? versions : VERSIONS).map((version) => installNode(version, folder));
    const variants = nodes.map((node): Variant => ({ label: versionOf(node), node, env: {} }));
    const [first] = variants;
    if (first === undefined) return;
    const plain: Variant = { ...first, label: `${first.label} VIPS_NOVECTOR=1`, env: { VIPS_NOVECTOR: '1' } };
    const digests = new Set<string>();
    for (const variant of [...variants, plain]) {
      const digest = digestOn(variant);
      digests.add(digest);
      console.log(`${variant.label.padEnd(26)}${digest}`);
    }
    console.log(digests.size === 1 ? 'All the same.' : 'They differ.');
    process.exitCode = digests.size === 1 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
