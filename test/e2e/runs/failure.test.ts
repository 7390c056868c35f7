import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Rig, summary } from '../support/rig.ts';

describe('a stage that fails', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('is told with its output, its exit code in words, and exit code 1; its outputs do not stay', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  bad:
    cmd: echo half > out.txt; echo something went wrong >&2; exit 127
    outs: [out.txt]
  next:
    cmd: cp out.txt next.txt
    deps: [out.txt]
    outs: [next.txt]
`,
    });
    const result = await rig.run();
    assert.equal(result.code, 1);
    assert.match(result.stdout, /bad: failed: exit code 127 \(Command not found\)\n {2}\| something went wrong\n/);
    assert.match(result.stdout, /next: not run, because a stage before it failed/);
    assert.equal(summary(result), 'failed: ran 0, restored 0, fresh 0, failed 1, not run 1');
    assert.equal(rig.exists('out.txt'), false);
    assert.equal((await rig.run('logs', 'bad')).stdout, 'something went wrong\n');
  });

  it('is told with the signal that ended it, or that the shell says ended its command', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  killed: { cmd: 'kill -KILL $$', outs: [a.txt] }
  inside: { cmd: 'exit 137', outs: [b.txt] }
  terminated: { cmd: 'kill -TERM $$', outs: [c.txt] }
  unreadable: { cmd: './pipeline.yaml', outs: [d.txt] }
`,
    });
    const { stdout } = await rig.run('-k');
    assert.match(stdout, /killed: failed: killed by SIGKILL: by hand, or by the system because memory ran out/);
    assert.match(stdout, /inside: failed: exit code 137 \(killed by SIGKILL: by hand/);
    assert.match(stdout, /terminated: failed: killed by SIGTERM/);
    assert.match(stdout, /unreadable: failed: exit code 126 \(Invoked command cannot execute\)/);
  });

  it('stops new ones from starting, or with --keep-going only what depends on it', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  bad:
    cmd: exit 3
    outs: [bad.txt]
  needs-bad:
    cmd: node work.mjs needs-bad needs-bad.txt
    deps: [bad.txt]
    outs: [needs-bad.txt]
  other:
    cmd: node work.mjs other other.txt
    outs: [other.txt]
`,
    });
    const stopped = await rig.run('-j1');
    assert.equal(stopped.code, 1);
    assert.deepEqual(rig.ran(), []);
    const kept = await rig.run('-j1', '--keep-going');
    assert.equal(kept.code, 1);
    assert.deepEqual(rig.ran(), ['other']);
    assert.equal(summary(kept), 'failed: ran 1, restored 0, fresh 0, failed 1, not run 1');
  });

  it('includes one for which a file appeared that its patterns match, before it started or while it ran', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  slow:
    cmd: node hold.mjs slow data/out.csv
    deps: ["data/*.csv", "!data/no-*"]
    outs: [data/out.csv]
  later:
    cmd: cat data/*.csv > later.txt
    deps: ["data/[ab].csv"]
    outs: [later.txt]
`,
      'data/a.csv': 'a',
    });
    await rig.listen();
    const { result } = rig.start('-j1', '--keep-going');
    const stage = await rig.held('slow');
    rig.write({ 'data/b.csv': 'b', 'data/no-c.csv': 'taken out', 'data/d.txt': 'no match' });
    stage.release();
    const { code, stdout } = await result;
    assert.equal(code, 1);
    assert.match(stdout, /slow: failed: data\/b\.csv \(new\) changed while it ran, so nothing was recorded/);
    assert.match(stdout, /later: failed: data\/b\.csv \(new\) changed before it started, so nothing was recorded/);
    const again = rig.start();
    (await rig.held('slow')).release();
    assert.match(summary(await again.result), /^ok: ran 2/);
    assert.match(rig.read('pipeline.lock'), /data\/b\.csv: \{/);
  });

  it('includes one that did not write its outputs', async () => {
    rig = new Rig({ 'pipeline.yaml': 'stages:\n  lazy:\n    cmd: "true"\n    outs: [lazy.txt]\n' });
    const result = await rig.run();
    assert.equal(result.code, 1);
    assert.match(result.stdout, /lazy: failed: the command succeeded, but did not write lazy\.txt/);
  });

  it('includes one whose input changed while it ran', async () => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  slow:
    cmd: node hold.mjs slow out.txt
    deps: [source.txt]
    outs: [out.txt]
`,
      'source.txt': 'before',
    });
    await rig.listen();
    const { result } = rig.start();
    const stage = await rig.held('slow');
    rig.write({ 'source.txt': 'after' });
    stage.release();
    const { code, stdout } = await result;
    assert.equal(code, 1);
    assert.match(stdout, /slow: failed: source\.txt changed while it ran, so nothing was recorded/);
    assert.equal(rig.exists('out.txt'), false);
  });
});

describe('inputs that change while stages wait or run', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const files = {
    'pipeline.yaml': `
vars: [params.yaml]
stages:
  slow:
    cmd: node hold.mjs slow out.txt
    code: [code.mjs]
    params: [rate, other]
    outs: [out.txt]
  later:
    cmd: cat source.txt > later.txt
    deps: [source.txt]
    outs: [later.txt]
`,
    'params.yaml': 'rate: 1\nother: 1\nunused: 1\n',
    'code.mjs': "import './part.mjs';\n",
    'part.mjs': 'export const part = 1;\n',
    'source.txt': 'before',
  };

  it('are named: params in their file, imported code, and what a waiting stage was planned with', async () => {
    rig = new Rig(files);
    await rig.listen();
    const { result } = rig.start('-j1', '--keep-going');
    const stage = await rig.held('slow');
    rig.write({
      'params.yaml': 'rate: 2\nother: 1\nunused: 2\n',
      'part.mjs': 'export const part = 2;\n',
      'source.txt': 'after',
    });
    stage.release();
    const { code, stdout } = await result;
    assert.equal(code, 1);
    assert.match(
      stdout,
      /slow: failed: part\.mjs, param rate in params\.yaml changed while it ran, so nothing was recorded/,
    );
    assert.match(stdout, /later: failed: source\.txt changed before it started, so nothing was recorded/);
    assert.equal(rig.exists('out.txt'), false);
  });

  it('do not include a params file in which only other values changed', async () => {
    rig = new Rig(files);
    await rig.listen();
    const { result } = rig.start('-j1');
    const stage = await rig.held('slow');
    rig.write({ 'params.yaml': '# a comment\nrate: 1\nother: 1\nunused: 2\n' });
    stage.release();
    assert.equal((await result).code, 0);
  });
});

describe('the user’s mistakes', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  it('end with exit code 2, one message and a suggestion, and no stack trace', async () => {
    rig = new Rig({ 'pipeline.yaml': 'stages:\n  train:\n    cmd: "true"\n' });
    for (const [args, message] of [
      [['--stage', 'trian'], /trian.*\n?.*did you mean "train"/i],
      [['staus'], /unknown command "staus"\. Did you mean "status"\?/],
      [['--jbos', '3'], /unknown option '--jbos'\n\(Did you mean --jobs\?\)/],
      [['-j', '0'], /Expected a whole number from 1/],
      [['--backend', 'wasm'], /unknown option '--backend'/],
      [['logs', 'train'], /train has no log: it has not run here/],
    ] as const) {
      const result = await rig.run(...args);
      assert.equal(result.code, 2, args.join(' '));
      assert.match(result.stderr, message);
      assert.doesNotMatch(result.stderr, /\n {4}at /);
    }
  });

  it('include a directory without pipeline.yaml', async () => {
    rig = new Rig({});
    const result = await rig.run();
    assert.equal(result.code, 2);
    assert.match(result.stderr, /no pipeline\.yaml in .* or in any directory above it/);
  });
});
