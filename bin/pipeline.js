#!/usr/bin/env node
// Starts src/main.ts. TypeScript is bundled by esbuild into dist/ at the first start and whenever a source file has
// changed since, so that there is no build step to forget. The compiled form of the bundle is kept beside it, so that a
// start costs no more than a few stat calls.
const { Buffer } = require('node:buffer');
const { createHash } = require('node:crypto');
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { setImmediate } = require('node:timers/promises');
const vm = require('node:vm');

const home = path.dirname(__dirname);
const builds = path.join(home, 'dist', 'cli');
const stampFile = path.join(builds, 'current.json');
const day = 24 * 60 * 60 * 1000;

// Programs that a run needs only now and then, or that find files beside their own.
const external = ['esbuild', 'es-module-lexer', 'zx', 'tsx', '@tensorflow/*', 'sharp'];

/** Whether a debugger is there: it is given the sources beside the bundle, so that a breakpoint in src/ holds. */
const isDebugged =
  (process.execArgv.length > 0 || process.env.NODE_OPTIONS !== undefined) &&
  require('node:inspector').url() !== undefined;

/** The state of a source file: a change of any of the numbers means that it may have changed. */
function stampOf(file) {
  const stat = statSync(`${home}/${file}`, { throwIfNoEntry: false });
  return stat === undefined ? 'missing' : `${stat.size}-${stat.mtimeMs}-${stat.ino}`;
}

/** The last build, or null when there is none, it is damaged, or a source has changed since. */
function currentBuild() {
  try {
    const { main, digest, inputs } = JSON.parse(readFileSync(stampFile, 'utf8'));
    if (Object.entries(inputs).some(([file, stamp]) => stampOf(file) !== stamp)) return null;
    const file = path.join(builds, main);
    const text = readFileSync(file);
    // The engine would run half a file, as a power cut leaves it, as far as it goes.
    return digestOf(text).toString('hex') === digest ? { file, text } : null;
  } catch {
    return null;
  }
}

async function build() {
  const { build: bundle } = await import('esbuild');
  const name = `build-${Date.now().toString(36)}-${process.pid}`;
  const file = path.join(builds, name, 'main.cjs');
  const startedAt = Date.now();
  const { metafile, outputFiles } = await bundle({
    absWorkingDir: home,
    entryPoints: ['src/main.ts'],
    outfile: file,
    write: false,
    bundle: true,
    platform: 'node',
    // Of Node's two module systems the one whose compiled form can be kept.
    format: 'cjs',
    supported: { 'dynamic-import': false },
    target: 'node20',
    external,
    metafile: true,
    sourcemap: isDebugged ? 'inline' : false,
    legalComments: 'none',
    logLevel: 'silent',
    define: { 'import.meta.url': 'bundleUrl', 'import.meta.dirname': '__dirname' },
    banner: {
      js: `(function (exports, require, module, __filename, __dirname) {
const bundleUrl = require('node:url').pathToFileURL(__filename).href;`,
    },
    footer: { js: '})' },
  });
  const text = Buffer.from(outputFiles[0].contents);
  if (isDebugged) return { file, text };
  const inputs = {};
  for (const source of [...Object.keys(metafile.inputs), 'bin/pipeline.js']) {
    // A file that was written while we read it may have been read before or after.
    const stat = statSync(path.join(home, source), { throwIfNoEntry: false });
    inputs[source] = stat !== undefined && stat.mtimeMs > startedAt - 20 ? 'unsure' : stampOf(source);
  }
  try {
    keepBuild(name, { file, text, inputs });
  } catch {
    // Where dist/ cannot be written (a read-only installation, a full disk), every start bundles, at some cost in time.
  }
  return { file, text };
}

/** The bundle first, then what names it: whatever a power cut leaves is whole, or not the digest's. */
function keepBuild(name, { file, text, inputs }) {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    replaceFile(file, text);
    const digest = digestOf(text).toString('hex');
    replaceFile(stampFile, JSON.stringify({ main: path.join(name, 'main.cjs'), digest, inputs }));
  } catch (error) {
    rmSync(path.dirname(file), { recursive: true, force: true });
    throw error;
  }
  removeOldBuilds(name);
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
  try {
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The bundle, compiled as far as an earlier start of the same command left it. */
function load({ file: main, text }) {
  const codeFile = path.join(path.dirname(main), `code-${process.version}-${process.arch}-${commandWord()}.bin`);
  const code = readCode(codeFile);
  const script = new vm.Script(text.toString(), { filename: main, cachedData: code });
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

/** Streams that take nothing any more, and why. */
const broken = new Map();

/**
 * The reader of a pipe may leave, as `head` does, and a disk may fill up: the command goes on without that output, and
 * ends with its own code. A run that has computed for hours is worth more than its log.
 */
function outlive(stream) {
  stream.on('error', (error) => {
    if (broken.has(stream)) return;
    broken.set(stream, error);
    stream.write = (_chunk, encoding, done) => {
      const written = typeof encoding === 'function' ? encoding : done;
      if (typeof written === 'function') process.nextTick(written);
      return true;
    };
  });
}

/** Whether a stream has no reader any more: nobody misses what is not written. */
function hasNoReader(error) {
  return ['EPIPE', 'ECONNRESET', 'EIO'].includes(error?.code);
}

outlive(process.stdout);
outlive(process.stderr);
start();

async function start() {
  const { cli, keep } = load((isDebugged ? null : currentBuild()) ?? (await build()));
  let code = await run(cli);
  if (code === 0 && !isDebugged) keep();
  // What became of the last write is told a moment later.
  await setImmediate();
  const lost = broken.get(process.stdout);
  if (lost !== undefined && !hasNoReader(lost)) {
    process.stderr.write(
      `error: standard output could not be written (${lost.code ?? lost.message}) and is not whole\n`,
    );
    code ||= 2;
  }
  // All is written: leaving at once spares the tidying of memory that the system takes back anyway.
  if (lost !== undefined || process.stdout.writableLength === 0) process.exit(code);
  process.exitCode = code;
}

/** The command's exit code. One that does nothing but copy a file to the reader ends with it, as after SIGPIPE. */
async function run(cli) {
  try {
    return await cli.main(process.argv.slice(2));
  } catch (error) {
    if (broken.has(process.stdout) && broken.get(process.stdout) === error) return hasNoReader(error) ? 141 : 2;
    throw error;
  }
}
