#!/usr/bin/env node
// Starts src/cli/main.ts. TypeScript is bundled by esbuild into dist/ at the first start and whenever a source file has
// changed since, so that there is no build step to forget. The compiled form of the bundle is kept beside it, so that a
// start costs no more than a few stat calls.
const { Buffer } = require('node:buffer');
const { createHash } = require('node:crypto');
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const home = path.dirname(__dirname);
const builds = path.join(home, 'dist', 'cli');
const stampFile = path.join(builds, 'current.json');
const day = 24 * 60 * 60 * 1000;

// Programs that a run needs only now and then, or that find files beside their own.
const external = ['esbuild', 'es-module-lexer', 'zx', 'tsx', '@tensorflow/*', 'sharp'];

/** The state of a source file: a change of any of the numbers means that it may have changed. */
function stampOf(file) {
  const stat = statSync(`${home}/${file}`, { throwIfNoEntry: false });
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
    outfile: path.join(builds, name, 'main.cjs'),
    bundle: true,
    platform: 'node',
    // Of Node's two module systems the one whose compiled form can be kept.
    format: 'cjs',
    supported: { 'dynamic-import': false },
    target: 'node20',
    external,
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
    define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
    banner: {
      js: `(function (exports, require, module, __filename, __dirname) {
const bundleUrl = require('node:url').pathToFileURL(__filename).href;`,
    },
    footer: { js: '})' },
  });
  const inputs = {};
  for (const file of [...Object.keys(metafile.inputs), 'bin/pipeline.js']) {
    // A file that was written while we read it may have been read before or after.
    const stat = statSync(path.join(home, file), { throwIfNoEntry: false });
    inputs[file] = stat !== undefined && stat.mtimeMs > startedAt - 20 ? 'unsure' : stampOf(file);
  }
  const main = path.join(name, 'main.cjs');
  replaceFile(stampFile, JSON.stringify({ main, inputs }));
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

function replaceFile(file, content) {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

/** Where dist/ cannot be written (a read-only installation), the sources run as they are, at some cost in time. */
async function fromSources() {
  const { register } = await import('tsx/esm/api');
  register();
  const cli = await import(pathToFileURL(path.join(home, 'src', 'cli', 'main.ts')).href);
  return { cli, keep() {} };
}

/** The bundle, compiled as far as an earlier start of the same command left it. */
function load(main) {
  const codeFile = path.join(path.dirname(main), `code-${process.version}-${process.arch}-${commandWord()}.bin`);
  const code = readCode(codeFile);
  const script = new vm.Script(readFileSync(main, 'utf8'), { filename: main, cachedData: code });
  const bundle = { exports: {} };
  script.runInThisContext()(bundle.exports, createRequire(main), bundle, main, path.dirname(main));
  const keep = () => {
    if (code !== undefined && script.cachedDataRejected !== true) return;
    const data = script.createCachedData();
    try {
      replaceFile(codeFile, Buffer.concat([digestOf(data), data]));
    } catch {
      // A start without it is slower, and nothing else.
    }
  };
  return { cli: bundle.exports, keep };
}

/** Each command runs other functions: the compiled form holds those of one. */
function commandWord() {
  const word = process.argv[2] ?? '';
  return /^[a-z_]{1,20}$/.test(word) ? word : 'run';
}

/** Compiled code, unless it is missing or damaged: the engine would run what it is given. */
function readCode(file) {
  try {
    const bytes = readFileSync(file);
    const data = bytes.subarray(32);
    return digestOf(data).equals(bytes.subarray(0, 32)) ? data : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(data) {
  return createHash('sha256').update(data).digest();
}

process.stdout.on('error', (error) => {
  // The reader of a pipe has left, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
start();

async function start() {
  const { cli, keep } = await loadOrBuild();
  const code = await cli.main(process.argv.slice(2));
  if (code === 0) keep();
  // All is written: leaving at once spares the tidying of memory that the system takes back anyway.
  if (process.stdout.writableLength === 0) process.exit(code);
  process.exitCode = code;
}

async function loadOrBuild() {
  const current = currentBuild();
  if (current !== null) return load(current);
  try {
    return load(await build());
  } catch (error) {
    if (isWriteError(error)) return fromSources();
    throw error;
  }
}

function isWriteError(error) {
  return ['EROFS', 'EACCES', 'EPERM', 'ENOSPC'].includes(error.code) || /Failed to write/.test(error.message);
}
