import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rig } from '../support/rig.ts';

const bin = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../bin/pipeline.js');

const project = {
  'pipeline.yaml': `
stages:
  talk: { cmd: "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; node work.mjs talk talk.txt", outs: [talk.txt] }
  end: { cmd: node work.mjs end end.txt talk.txt, deps: [talk.txt], outs: [end.txt] }
  fail: { cmd: "seq 20000; exit 3", always_changed: true }
`,
};

describe('a reader that leaves', function () {
  this.timeout(120_000);
  let rig: Rig;
  beforeEach(() => (rig = new Rig(project)));
  afterEach(() => rig.close());

  /** The exit code of the command in front of the pipe, and what it said on standard error where that was kept. */
  const piped = (words: string, behind: string): { readonly code: number; readonly stderr: string } => {
    const command = `set -o pipefail; "${process.execPath}" "${bin}" ${words} | ${behind}; exit "\${PIPESTATUS[0]}"`;
    const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
    Reflect.deleteProperty(env, 'NODE_OPTIONS');
    const { status, stderr } = spawnSync('bash', ['-c', command], { cwd: rig.root, encoding: 'utf8', env });
    return { code: status ?? -1, stderr };
  };
  // It leaves before anything is said.
  const nobody = 'exec 0<&-';

  for (const [what, words, behind] of [
    ['lines', 'run --stage end', 'head -1'],
    ['events', 'run --stage end --json', 'head -1'],
    ['lines and errors', 'run --stage end 2>&1', 'head -1'],
  ] as const) {
    it(`of ${what} ends no run: all of it runs, and the code is its own (0)`, () => {
      assert.deepEqual(piped(words, behind), { code: 0, stderr: '' });
      assert.deepEqual(rig.ran(), ['talk', 'end']);
      assert.ok(rig.exists('end.txt'));
    });
  }

  for (const words of ['run', 'run --json 2>&1']) {
    it(`makes no failing run green: ${words}`, () => {
      for (const behind of ['head -1', nobody]) assert.equal(piped(words, behind).code, 1);
    });
  }

  it('of a query keeps its code: what is out of date, or wrong, is told to scripts all the same', () => {
    for (const behind of ['head -1', nobody]) {
      assert.deepEqual(piped('status --exit-code', behind), { code: 1, stderr: '' });
      assert.deepEqual(piped('status', behind), { code: 0, stderr: '' });
      assert.deepEqual(piped('dag', behind), { code: 0, stderr: '' });
      assert.equal(piped('statsu 2>&1', behind).code, 2);
    }
  });

  it('of a long log ends the command quietly, as after SIGPIPE', () => {
    assert.equal(piped('run', 'cat').code, 1);
    assert.deepEqual(piped('logs fail', 'head -1'), { code: 141, stderr: '' });
    assert.deepEqual(piped('logs fail', 'tail -1'), { code: 0, stderr: '' });
  });

  it('of a followed log ends the command, while the stage goes on', async () => {
    rig.write({ 'pipeline.yaml': 'stages:\n  held: { cmd: "echo begun; (while :; do echo more; sleep 0.01; done) & node hold.mjs held out.txt; kill $!", outs: [out.txt] }\n' }); // prettier-ignore
    await rig.listen();
    const run = rig.start();
    const stage = await rig.held('held');
    assert.deepEqual(piped('logs held --follow', 'head -1'), { code: 141, stderr: '' });
    stage.release();
    assert.equal((await run.result).code, 0);
  });

  it('is told from a disk that is full: the run goes on, and the command says that its output is not whole', function () {
    if (!existsSync('/dev/full')) this.skip();
    const { code, stderr } = piped('run --stage end > /dev/full', 'cat');
    assert.equal(code, 2);
    assert.equal(stderr, 'error: standard output could not be written (ENOSPC) and is not whole\n');
    assert.deepEqual(rig.ran(), ['talk', 'end']);
    assert.equal(piped('run --stage fail > /dev/full', 'cat').code, 1);
    assert.equal(piped('status > /dev/full', 'cat').code, 2);
  });
});
