import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { remove } from '../../src/backend-install/install.ts';
import type { Release } from '../../src/backend-install/release.ts';
import { lockKey, ProcessLocks } from '../../src/base/locks/process-locks.ts';
import { chooseBackend } from '../../src/compute/backend-choice.ts';
import { WHEEL, World } from './support/world.ts';

describe('install', function () {
  this.timeout(120_000);
  let world: World;

  beforeEach(() => (world = new World()));
  afterEach(() => world.close());

  const backend = (): string => chooseBackend('auto', world.root).backend;
  const installed = (): string[] => readdirSync(path.join(world.root, '.native'));

  it('leaves a backend that "auto" takes, a receipt, and nothing of what it took to make it', async () => {
    const { state, receipt, folder } = await world.install();
    assert.equal(state, 'installed');
    assert.equal(backend(), 'node');
    assert.deepEqual(installed(), ['cpu']);
    assert.deepEqual(Object.keys(receipt.archives).sort(), [
      'google-protobuf@1.0.0.tgz',
      'node-api-headers@1.0.0.tgz',
      'tensorflow-cpu.whl',
      'tensorflow-tfjs-node@1.0.0.tgz'.replace('tensorflow-tfjs', '@tensorflow-tfjs'),
    ].sort()); // prettier-ignore
    assert.equal(receipt.tensorflow, '2.21.0');
    assert.equal(receipt.compiler, 'c++ 99');
    const library = path.join(folder, 'site/tensorflow/libtensorflow_cc.so.2');
    assert.equal(readFileSync(library, 'utf8'), WHEEL['tensorflow/libtensorflow_cc.so.2']);
    assert.equal(Object.keys(receipt.files).some((name) => /unwanted|\.cc$|\.h$/.test(name)), false); // prettier-ignore
  });

  it('finds what is there the second time, without a download', async () => {
    await world.install();
    const calls = world.calls('');
    assert.equal((await world.install()).state, 'present');
    assert.equal(world.calls(''), calls);
  });

  for (const [what, damage, message] of [
    ['a file changed', (file: string) => writeFileSync(file, 'other'), /libtensorflow_cc\.so\.2 has changed\)/],
    ['a file is missing', (file: string) => rmSync(file), /libtensorflow_cc\.so\.2 is missing\)/],
  ] as const) {
    it(`installs again where ${what}`, async () => {
      const { folder } = await world.install();
      damage(path.join(folder, 'site/tensorflow/libtensorflow_cc.so.2'));
      assert.equal((await world.install()).state, 'installed');
      assert.match(world.reports.join('\n'), message);
      assert.equal((await world.install()).state, 'present');
      assert.deepEqual(installed(), ['cpu']);
    });
  }

  it('installs again where the receipt is missing, or of another version', async () => {
    const { folder } = await world.install();
    const file = path.join(folder, 'receipt.json');
    const receipt = readFileSync(file, 'utf8');
    for (const damage of ['', receipt.replace('"tensorflow": "2.21.0"', '"tensorflow": "2.1.0"')]) {
      writeFileSync(file, damage);
      assert.equal((await world.install()).state, 'installed');
    }
    assert.match(world.reports.join('\n'), /no receipt[\s\S]*of another version/);
  });

  it('takes the libraries for GPUs that the wheel asks for', async () => {
    const { folder, receipt } = await world.install({ variant: 'cuda' });
    assert.equal(readFileSync(path.join(folder, 'site/nvidia/cublas/lib/libcublas.so.12'), 'utf8'), 'cublas');
    assert.equal(world.has('.native/cuda/site/nvidia/cublas/include/cublas.h'), false);
    assert.ok('nvidia-cublas-cu12.whl' in receipt.archives);
    // It serves the processor where there is no GPU.
    assert.equal(backend(), 'node');
  });

  const broken = 'echo "x.cc:3:1: error: nothing fits" >&2; exit 1';
  const version = '[ "$1" = --version ] && echo "99" && exit 0\n';
  /** Each takes something away; what is there afterwards is what was there before. */
  const failures: readonly [string, (world: World) => void, RegExp, 'before pip' | 'later'][] = [
    ['without a compiler', (w) => w.program('c++', null), /^No C\+\+ compiler was found.*apt-get install g\+\+/, 'before pip'],
    ['without pip', (w) => w.program('pip3', null), /^pip was not found.*apt-get install python3-pip/, 'before pip'],
    ['without npm', (w) => w.program('npm', null), /^"npm" was not found/, 'before pip'],
    ['without tar', (w) => w.program('tar', null), /^"tar" was not found/, 'before pip'],
    ['where the registry cannot be reached', (w) => w.program('npm', 'echo "npm error code ENOTFOUND" >&2; exit 1'), /tfjs-node 1\.0\.0 could not be downloaded: the npm registry cannot be reached/, 'before pip'],
    ['where the registry does not have it', (w) => w.program('npm', 'echo "npm error code E404" >&2; exit 1'), /the npm registry does not have it/, 'before pip'],
    ['where npm serves another file', (w) => void w.servePackage('@tensorflow/tfjs-node', { 'package.json': '{"a":1}' }), /tfjs-node 1\.0\.0 from the npm registry is not the file it should be: its SHA-256 is [0-9a-f]{64}, expected/, 'before pip'],
    ['where the index cannot be reached', (w) => w.program('pip3', `${version}echo "Failed to establish a new connection" >&2; exit 1`), /^tensorflow-cpu 2\.21\.0 could not be downloaded: the Python index cannot be reached/, 'later'],
    ['where the index does not have it', (w) => w.program('pip3', `${version}echo "ERROR: No matching distribution found" >&2; exit 1`), /the Python index does not have it/, 'later'],
    ['where pip fails in a way of its own', (w) => w.program('pip3', `${version}echo "ERROR: the moon is full" >&2; exit 1`), /from the Python index: ERROR: the moon is full/, 'later'],
    ['where pip brings nothing', (w) => w.program('pip3', `${version}exit 0`), /pip3 reported success, but tensorflow-cpu 2\.21\.0 did not arrive/, 'later'],
    ['where the disk fills up while downloading', (w) => w.program('pip3', `${version}echo "OSError: [Errno 28] No space left on device" >&2; exit 1`), /^The disk is full: tensorflow-cpu 2\.21\.0 could not be stored/, 'later'],
    ['where the index serves another file', (w) => w.serveWheel('tensorflow-cpu', { a: 'b' }), /tensorflow-cpu 2\.21\.0 from the Python index is not the file it should be.*mirror/, 'later'],
    ['where the compiler fails', (w) => w.program('c++', version + broken), /^The binding could not be compiled with 99: x\.cc:3:1: error: nothing fits/, 'later'],
    ['where the disk fills up while compiling', (w) => w.program('c++', `${version}echo "No space left on device" >&2; exit 1`), /^The disk is full: the binding/, 'later'],
    ['where what was built does not load', (w) => w.write('node_modules/@tensorflow/tfjs-core/index.js', 'throw new Error("no symbol")'), /^What was built cannot be used: \.native\/cpu does not load on Node v[\d.]+ \(Error: no symbol\)/, 'later'],
  ]; // prettier-ignore

  for (const [name, breakIt, message, when] of failures) {
    it(`ends with one message ${name}, and WASM is what it was`, async () => {
      breakIt(world);
      await assert.rejects(world.install(), { name: 'InstallError', message });
      assert.equal(world.has('.native/cpu'), false);
      assert.equal(backend(), 'wasm');
      if (when === 'before pip') assert.equal(world.calls('pip3 download'), 0);
    });
  }

  it('refuses a wheel without TensorFlow’s libraries', async () => {
    world.serveWheel('tensorflow', { 'tensorflow/other.py': '' });
    await assert.rejects(world.install({ variant: 'cuda' }), /should hold libtensorflow_cc .* has 0 of them/);
  });

  it('leaves what was installed before when installing it again fails', async () => {
    const { folder } = await world.install();
    writeFileSync(path.join(folder, 'receipt.json'), '');
    world.program('c++', version + broken);
    await assert.rejects(world.install(), /could not be compiled/);
    assert.equal(backend(), 'node');
  });

  it('goes on after a kill in the middle, without downloading the wheel again', async () => {
    world.program('c++', `${version}kill -9 $PPID`);
    const program = path.join(import.meta.dirname, 'support/install-in.ts');
    const child = spawnSync(process.execPath, ['--import=tsx', program, JSON.stringify(world.options())]);
    assert.equal(child.signal, 'SIGKILL');
    assert.equal(backend(), 'wasm');
    world.program('c++', `${version}for word in "$@"; do out=$word; done\necho made > "$out"`);
    assert.equal((await world.install()).state, 'installed');
    assert.equal(world.calls('pip3 download'), 1);
    assert.match(world.reports.join('\n'), /It was there already, whole/);
    assert.deepEqual(installed(), ['cpu']);
  });

  it('does not take a half-downloaded wheel for a whole one', async () => {
    world.write('.native/.cpu/downloads/tensorflow-cpu-2.21.0/tensorflow-cpu.whl', 'half');
    assert.equal((await world.install()).state, 'installed');
    assert.equal(world.calls('pip3 download'), 1);
  });

  it('refuses to work beside another installation', async () => {
    const locks = ProcessLocks.open(world.root);
    locks.tryLock(lockKey('backend-native'));
    await assert.rejects(
      world.install(),
      new RegExp(`^InstallError: Process ${process.pid} on .* is installing one already`),
    );
    locks.close();
    assert.equal((await world.install()).state, 'installed');
  });

  it('is undone by removing, with what an interrupted installation left', async () => {
    await world.install();
    world.write('.native/.cpu/downloads/left', '');
    assert.deepEqual(remove(world.root, ['cpu', 'cuda']), ['cpu']);
    assert.equal(world.has('.native'), false);
    assert.equal(backend(), 'wasm');
    assert.deepEqual(remove(world.root, ['cpu', 'cuda']), []);
  });

  it('removes only the variant that is named', async () => {
    await world.install();
    await world.install({ variant: 'cuda' });
    assert.deepEqual(remove(world.root, ['cuda']), ['cuda']);
    assert.deepEqual(installed(), ['cpu']);
  });
});

describe('the prebuilt library', function () {
  this.timeout(120_000);
  let world: World;
  beforeEach(() => (world = new World()));
  afterEach(() => world.close());

  /** npm that also installs the package, with an install script. */
  function withInstallScript(script: string): void {
    world.program(
      'npm',
      `[ "$1" = pack ] && exec /bin/cp "$SERVED/$(echo "$2" | /usr/bin/tr / -).tgz" "$4/"
place="$3/node_modules/@tensorflow/tfjs-node"
/bin/mkdir -p "$place/scripts" "$3/node_modules/@tensorflow/tfjs-core"
echo '{"name":"@tensorflow/tfjs-node","main":"index.js"}' > "$place/package.json"
echo "module.exports = require('@tensorflow/tfjs-core');" > "$place/index.js"
/bin/cat > "$place/scripts/install.js" <<'END'
${script}
END`,
    );
  }
  const works = `require('fs').mkdirSync('lib/napi-v8', { recursive: true });
require('fs').writeFileSync('lib/napi-v8/tfjs_binding.node', 'downloaded');`;
  /** As for ARM and macOS. */
  const withoutDigest = (): Release => {
    const { release } = world;
    const wheel = release.wheels.cpu['linux-x64']!;
    return { ...release, wheels: { ...release.wheels, cpu: { 'linux-x64': { ...wheel, sha256: null } } } };
  };
  const reaches = (url: string): Promise<boolean> => Promise.resolve(url === 'https://binaries.example');

  it('is not taken, nor asked for, where the digest of the wheel is known', async () => {
    withInstallScript(works);
    const asked: string[] = [];
    const { receipt } = await world.install({
      source: 'auto',
      reaches: (url) => {
        asked.push(url);
        return Promise.resolve(true);
      },
    });
    assert.equal(receipt.source, 'wheel');
    assert.deepEqual([asked, world.calls('npm install')], [[], 0]);
  });

  it('is not taken either where the wheel is another than it should be, or cannot be built', async () => {
    withInstallScript(works);
    world.serveWheel('tensorflow-cpu', { a: 'b' });
    await assert.rejects(world.install({ source: 'auto', reaches }), /is not the file it should be/);
    world.program('c++', null);
    await assert.rejects(
      world.install({ source: 'auto', reaches }),
      /^InstallError: No C\+\+ compiler was found.* "--source prebuilt" takes what .* which nothing here verifies\.$/,
    );
    assert.equal(world.calls('npm install'), 0);
  });

  it('is taken where it is asked for, its host answers and it loads; that nothing verifies it is said', async () => {
    withInstallScript(works);
    const { receipt } = await world.install({ source: 'prebuilt', reaches });
    assert.equal(receipt.source, 'prebuilt');
    assert.match(world.reports.join('\n'), /^No digest of the prebuilt library is known here/);
    assert.equal(world.calls('pip3 download') + world.calls('c++ -'), 0);
    assert.equal(chooseBackend('auto', world.root).backend, 'node');
    assert.equal((await world.install({ source: 'auto' })).state, 'present');
  });

  it('is taken of itself where no digest of the wheel is known', async () => {
    withInstallScript(works);
    const { receipt } = await world.install({ source: 'auto', release: withoutDigest(), reaches });
    assert.equal(receipt.source, 'prebuilt');
  });

  it('and a wheel without a known digest are said to be taken as they are', async () => {
    await world.install({ release: withoutDigest() });
    assert.match(world.reports.join('\n'), /No digest of tensorflow-cpu is known here: what the index serves is taken/);
    await world.install({ variant: 'cuda' });
    assert.match(world.reports.join('\n'), /No digest of tensorflow is known here[^]*No digest of nvidia-cublas-cu12/);
  });

  for (const [name, script, message] of [
    ['its script fails', 'console.error("Error: 403"); process.exit(1)', /its install script failed \(Error: 403\)/],
    ['it brings no library', '', /its install script left no library/],
    [
      'it does not load',
      `${works}\nrequire('fs').writeFileSync('index.js', 'throw new Error("old glibc")');`,
      /does not load on Node .*old glibc/,
    ],
  ] as const) {
    it(`gives way to the wheel where ${name}`, async () => {
      withInstallScript(script);
      const { receipt } = await world.install({ source: 'auto', release: withoutDigest(), reaches });
      assert.equal(receipt.source, 'wheel');
      assert.match(world.reports.join('\n'), message);
      assert.equal(world.has('.native/cpu/node_modules/@tensorflow/tfjs-node/index.js'), false);
    });
  }

  it('is not fetched where its host does not answer', async () => {
    const { receipt } = await world.install({ source: 'auto', release: withoutDigest() });
    assert.equal(receipt.source, 'wheel');
    assert.equal(world.calls('npm install'), 0);
    await assert.rejects(
      world.install({ source: 'prebuilt', variant: 'cuda' }),
      /^InstallError: The prebuilt library cannot be used: the host of its download does not answer\.$/,
    );
  });
});
