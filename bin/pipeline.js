#!/usr/bin/env node
// Starts src/cli/main.ts. TypeScript is bundled by esbuild into dist/ at the first start and whenever a source file has
// changed since, so that there is no build step to forget and a start costs no more than a few stat calls.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const home = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const builds = path.join(home, 'dist', 'cli');
const stampFile = path.join(builds, 'current.json');
const day = 24 * 60 * 60 * 1000;

// Programs that a run needs only now and then, or that find files beside their own.
const external = ['esbuild', 'es-module-lexer', 'zx', 'tsx', 'log-update', '@tensorflow/*', 'sharp'];

/** The state of a source file: a change of any of the numbers means that it may have changed. */
function stampOf(file) {
  const stat = statSync(path.join(home, file), { throwIfNoEntry: false });
  return stat === undefined ? 'missing' : `${stat.size}-${stat.mtimeMs}-${stat.ino}`;
}

/** The main file of the last build, or null when there is none or a source has changed since. */
function currentBuild() {
  try {
    const { main, inputs } = JSON.parse(readFileSync(stampFile, 'utf8'));
    if (Object.entries(inputs).some(([file, stamp]) => stampOf(file) !== stamp)) return null;
    return statSync(path.join(builds, main)).isFile() ? path.join(builds, main) : null;
  } catch {
    return null;
  }
}

async function build() {
  const { build: bundle } = await import('esbuild');
  const name = `build-${Date.now().toString(36)}-${process.pid}`;
  const startedAt = Date.now();
  mkdirSync(builds, { recursive: true });
  const { metafile } = await bundle({
    absWorkingDir: home,
    entryPoints: ['src/cli/main.ts'],
    outdir: path.join(builds, name),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external,
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
    // Bundled CommonJS packages call require for Node's own modules.
    banner: {
      js: "import { createRequire as bannerRequire } from 'node:module'; const require = bannerRequire(import.meta.url);",
    },
  });
  const inputs = {};
  for (const file of [...Object.keys(metafile.inputs), 'bin/pipeline.js']) {
    // A file that was written while we read it may have been read before or after.
    const stat = statSync(path.join(home, file), { throwIfNoEntry: false });
    inputs[file] = stat !== undefined && stat.mtimeMs > startedAt - 20 ? 'unsure' : stampOf(file);
  }
  const main = path.join(name, 'main.mjs');
  const temporary = `${stampFile}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify({ main, inputs }));
  renameSync(temporary, stampFile);
  removeOldBuilds(name);
  return path.join(builds, main);
}

/** Builds that nobody runs any more; one that started yesterday may still load its parts. */
function removeOldBuilds(current) {
  for (const entry of readdirSync(builds)) {
    const directory = path.join(builds, entry);
    if (entry === current || !entry.startsWith('build-')) continue;
    if (Date.now() - statSync(directory).mtimeMs > 7 * day) rmSync(directory, { recursive: true, force: true });
  }
}

/** Where dist/ cannot be written (a read-only installation), the sources run as they are, at some cost in time. */
async function fromSources() {
  const { register } = await import('tsx/esm/api');
  register();
  return path.join(home, 'src', 'cli', 'main.ts');
}

// The compiled form of the bundle is kept, too (from Node 22.1 on).
if (module.enableCompileCache !== undefined) module.enableCompileCache(path.join(builds, 'compile-cache'));
process.stdout.on('error', (error) => {
  // The reader of a pipe has left, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const main =
  currentBuild() ?? (await build().catch((error) => (isWriteError(error) ? fromSources() : Promise.reject(error))));
const cli = await import(pathToFileURL(main).href);
const code = await cli.main(process.argv.slice(2));
// All is written: leaving at once spares the tidying of memory that the system takes back anyway.
if (process.stdout.writableLength === 0) process.exit(code);
process.exitCode = code;

function isWriteError(error) {
  return ['EROFS', 'EACCES', 'EPERM', 'ENOSPC'].includes(error.code) || /Failed to write/.test(error.message);
}
