import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

const files = {
  'params.yaml': 'backend: auto\n',
  'pipeline.yaml': `extension: groupgan
stages:
  show: { cmd: "echo \${backend} > o", params: [backend], outs: [o] }
`,
};

describe('an extension that pipeline.yaml names', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('adds an option that sets a param, and resolves what is left to the machine', async () => {
    rig = new Rig(files);
    const first = await rig.run();
    assert.equal(summary(first), 'ok: ran 1, restored 0, fresh 0, failed 0');
    assert.match(first.stdout, /backend \S+: /);
    assert.match(rig.read('o'), /^(?:node-gpu|node|wasm)\n$/);
    assert.match((await rig.run('params', 'show')).stdout, /backend +\S+ +chosen for "auto"/);
    assert.match((await rig.run('params', 'show', '--backend=wasm')).stdout, /backend +wasm +--backend/);
    assert.match((await rig.run('params', 'show', '-S', 'backend=wasm')).stdout, /backend +wasm +-S/);
    rig.write({ 'params.yaml': 'backend: wasm\n' });
    assert.match((await rig.run('params', 'show')).stdout, /backend +wasm +params\.yaml:1/);
  });

  it('lets the last of -S and its own option win', async () => {
    rig = new Rig(files);
    const show = (...words: string[]) => rig.run('params', 'show', 'backend', ...words, '--csv');
    assert.match((await show('-b', 'wasm', '-S', 'backend=nothing')).stderr, /"nothing" is not a backend/);
    assert.match((await show('-S', 'backend=nothing', '-b', 'wasm')).stdout, /^backend,wasm,/m);
  });

  it('refuses choices that are none, with those there are', async () => {
    rig = new Rig(files);
    const { code, stderr } = await rig.run('--backend', 'fast');
    assert.equal(code, 2);
    assert.match(stderr, /Allowed choices are auto, node-gpu, node, wasm/);
    assert.match((await rig.run('-S', 'backend=fast')).stderr, /"fast" is not a backend\. Choose one of: auto/);
  });

  it('has checks in doctor and examples in --help', async () => {
    rig = new Rig(files);
    assert.match((await rig.run('doctor')).stdout, /backend wasm/);
    assert.match((await rig.run('run', '--help')).stdout, /--backend <name>[^]*Examples:\n {2}pipeline run .*smoke/);
    assert.match((await rig.run('sweep', '--help')).stdout, /params\/sweeps\/adversarial\.yaml/);
  });

  it('is one of this package, never a file of the project', async () => {
    rig = new Rig({ ...files, 'mine.js': "require('node:fs').writeFileSync('loaded', '');\n" });
    for (const name of ['./mine.js', 'mine', 'constructor']) {
      rig.write({ 'pipeline.yaml': files['pipeline.yaml'].replace('groupgan', name) });
      const { code, stderr } = await rig.run('status');
      assert.equal(code, 2);
      assert.match(stderr, /pipeline\.yaml:1:12 .*this program has no extension "/);
      assert.match(stderr, /known: groupgan/);
    }
    assert.equal(rig.exists('loaded'), false);
    rig.write({ 'pipeline.yaml': files['pipeline.yaml'].replace('groupgan', 'groupgna') });
    assert.match((await rig.run('status')).stderr, /did you mean "groupgan"\?/);
  });

  it('is not blamed for options where pipeline.yaml cannot be read', async () => {
    rig = new Rig({ ...files, 'pipeline.yaml': `${files['pipeline.yaml']}  broken: [\n` });
    const { code, stderr } = await rig.run('--backend', 'wasm');
    assert.equal(code, 2);
    assert.match(stderr, /pipeline\.yaml:\d+:\d+/);
    assert.doesNotMatch(stderr, /unknown option/);
    assert.equal((await rig.run('--help')).code, 0);
  });
});
