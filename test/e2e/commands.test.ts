import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rig } from './support/rig.ts';

const bin = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../bin/pipeline.js');

const pipelineFile = `
vars:
  - params.yaml
  - run: runs/\${profile}
  - reports: reports/\${profile}
stages:
  prepare:
    cmd: node work.mjs prepare \${run}/data.txt source.txt
    deps: [source.txt]
    outs: ['\${run}/data.txt']
  eval:
    matrix: { net: [A, B] }
    cmd: node measure.mjs \${item.net} \${reports}/\${item.net}.json
    deps: ['\${run}/data.txt']
    params: [rate, 'nets.\${item.net}']
    metrics: ['\${reports}/\${item.net}.json': { cache: false }]
    meta: { reads_given_params: true }
`;
const params = 'profile: demo\nrate: 0.5\nnets: { A: 1, B: 2 }\n';

// A metric that follows from the param alone, and two lines of output.
const measure = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const [net, output] = process.argv.slice(2);
const value = JSON.parse(readFileSync(process.env.PIPELINE_PARAMS, 'utf8')).nets[net];
console.log('measuring ' + net);
console.log('found ' + value);
mkdirSync(path.dirname(output), { recursive: true });
writeFileSync(output, JSON.stringify({ net, acc: { top1: value / 4 }, confusion: [value, 0] }));
`;

describe('the commands that look', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig({ 'pipeline.yaml': pipelineFile, 'params.yaml': params, 'source.txt': 's', 'measure.mjs': measure });
  });
  afterEach(() => rig.close());

  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=A', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...identity, ...args], { cwd: rig.root, stdio: 'pipe' });
  };
  const commit = (): void => {
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
  };

  it('status folds a matrix, and --full names every instance', async () => {
    const folded = await rig.run('status');
    assert.equal(
      folded.stdout,
      'prepare: would run\n  - never ran\n' +
        'eval (2x): may run\n  - never ran\n  - waits for prepare\n' +
        'would run 1, may run 2, restore 0, fresh 0\n',
    );
    const full = await rig.run('status', '--full');
    assert.match(full.stdout, /^eval@B: may run \(never ran; waits for prepare\)$/m);
    const { groups, instances } = JSON.parse((await rig.run('status', '--json')).stdout) as Record<string, unknown[]>;
    assert.deepEqual([groups!.length, instances!.length], [2, 3]);
  });

  it('status --exit-code tells scripts whether something is out of date', async () => {
    assert.equal((await rig.run('status', '--exit-code')).code, 1);
    await rig.run();
    const fresh = await rig.run('status', '--exit-code');
    assert.deepEqual([fresh.code, fresh.stdout], [0, 'Everything is up to date (3 instances).\n']);
  });

  it('status tells from what to what a param changed', async () => {
    await rig.run();
    rig.write({ 'params.yaml': params.replace('B: 2', 'B: 3') });
    const { stdout } = await rig.run('status', '--stage', 'eval');
    assert.match(stdout, /^eval@B: would run\n {2}- params nets\.B changed from 2 to 3\n/);
  });

  it('dag draws to a file, restricted to a stage with what it needs', async () => {
    assert.equal((await rig.run('dag')).stdout, 'prepare\n└─ eval (2x)\n');
    await rig.run('dag', '--format', 'svg', '-o', 'pictures/dag.svg');
    assert.match(rig.read('pictures/dag.svg'), /^<svg .*<\/svg>\n$/s);
    const one = await rig.run('dag', '--stage', 'eval@A', '--full', '--format', 'mermaid');
    assert.equal(one.stdout, 'flowchart TD\n  s0["prepare"]\n  s1["eval@A"]\n  s0 --> s1\n');
    assert.deepEqual(JSON.parse((await rig.run('dag', '--stage', 'prepare', '--json')).stdout), {
      nodes: [{ name: 'prepare', count: 1 }],
      edges: [],
    });
  });

  it('metrics show makes a row of each file, sorted as asked', async () => {
    await rig.run();
    const table = await rig.run('metrics', 'show', '--sort', 'acc.top1', '--desc');
    assert.equal(table.stdout, 'instance  net  acc.top1\neval@B    B         0.5\neval@A    A        0.25\n');
    const csv = await rig.run('metrics', 'show', '--csv', '--key', 'confusion');
    assert.equal(csv.stdout.split('\n')[1], 'reports/demo/A.json,eval,eval@A,"[1,0]"');
    const md = await rig.run('metrics', 'show', '--md', '--stage', 'eval@A', '-k', 'net');
    assert.equal(md.stdout, '| instance | net |\n| --- | --- |\n| eval@A | A |\n');
    const wrong = await rig.run('metrics', 'show', '--sort', 'acc.top');
    assert.deepEqual(
      [wrong.code, wrong.stderr],
      [2, 'error: no metrics file has the key "acc.top": did you mean "acc.top1"?\n'],
    );
  });

  it('metrics show says what is not there yet', async () => {
    const result = await rig.run('metrics', 'show');
    assert.equal(result.stdout, '');
    assert.equal(result.stderr, 'note: 2 of 2 metrics files are not there (reports/demo/A.json and 1 more)\n');
  });

  it('params show says where each value was set', async () => {
    rig.write({ 'fast.yaml': 'nets:\n  A: 7\n' });
    const result = await rig.run('params', 'show', '--params', 'fast.yaml', '-S', 'rate=2');
    assert.equal(
      result.stdout,
      'key      value  from\n' +
        'profile  fast   --params\n' +
        'rate     2      -S\n' +
        'nets.A   7      fast.yaml:2\n' +
        'nets.B   2      params.yaml:3\n',
    );
    const wrong = await rig.run('params', 'show', 'nets.C');
    assert.deepEqual([wrong.code, wrong.stderr], [2, 'error: params have no key "nets.C": did you mean "nets.A"?\n']);
  });

  it('diff compares the workspace with a commit', async () => {
    await rig.run();
    commit();
    assert.equal((await rig.run('diff')).stdout, 'No param and no metric differs between HEAD and workspace.\n');
    rig.write({ 'params.yaml': params.replace('B: 2', 'B: 3') });
    await rig.run();
    const result = await rig.run('diff', '--exit-code');
    assert.equal(result.code, 1);
    assert.deepEqual(
      result.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ +/).join(' ')),
      [
        'path key HEAD workspace change',
        'params nets.B 2 3 +1',
        'reports/demo/B.json acc.top1 0.5 0.75 +0.25',
        'reports/demo/B.json confusion [2,0] [3,0] changed',
      ],
    );
  });

  it('diff compares two commits', async () => {
    await rig.run();
    commit();
    rig.write({ 'params.yaml': params.replace('B: 2', 'B: 3') });
    await rig.run();
    git('commit', '-qam', 'two');
    const { params: changed, metrics } = JSON.parse((await rig.run('diff', 'HEAD~1', 'HEAD', '--json')).stdout) as {
      params: unknown[];
      metrics: { common: unknown[] };
    };
    assert.deepEqual(changed, [{ key: 'nets.B', old: 2, new: 3, change: 1 }]);
    assert.equal(metrics.common.length, 2);
  });

  it('diff --with compares with what another run recorded', async () => {
    await rig.run();
    rig.write({ 'other.yaml': 'rate: 1\n' });
    await rig.run('--params', 'other.yaml');
    const { stdout } = await rig.run('diff', '--with', 'reports/other', '--md');
    assert.equal(
      stdout,
      '| path | key | reports/other | reports/demo | change |\n| --- | --- | ---: | ---: | ---: |\n| params | rate | 1 | 0.5 | -0.5 |\n',
    );
  });

  it('diff says what it lacks: a repository, a revision, a run', async () => {
    const bare = await rig.run('diff');
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /^error: this project is in no git repository\. Run "git init"/);
    git('init', '-q');
    assert.match((await rig.run('diff')).stderr, /no commit yet/);
    commit();
    assert.match((await rig.run('diff', 'nope')).stderr, /git knows no revision "nope"/);
    assert.match((await rig.run('diff', '--with', 'reports/nope')).stderr, /reports\/nope does not exist/);
    assert.match((await rig.run('diff')).stderr, /reports\/demo\/pipeline\.lock is not committed at HEAD/);
  });

  it('logs prints what a stage said, or only its end', async () => {
    await rig.run();
    assert.equal((await rig.run('logs', 'eval@A')).stdout, 'measuring A\nfound 1\n');
    assert.equal((await rig.run('logs', 'eval', '--tail', '1')).stdout, '--- eval@A\nfound 1\n--- eval@B\nfound 2\n');
    const { logs } = JSON.parse((await rig.run('logs', 'eval@B', '--json')).stdout) as { logs: { text: string }[] };
    assert.equal(logs[0]!.text, 'measuring B\nfound 2\n');
  });

  it('metrics show and diff take what Python writes, and say of what cannot be read why', async () => {
    const write = (json: string): Record<string, string> => ({
      'pipeline.yaml':
        'stages:\n' +
        `  a: { cmd: "echo '${json}' > a.json", metrics: [a.json] }\n` +
        `  b: { cmd: "printf 'mean\\n0.5\\n' > b.csv", metrics: [b.csv] }\n` +
        `  c: { cmd: "echo x = 1 > c.toml; mkdir c", metrics: [c.toml, c] }\n`,
    });
    rig.write(write('{ \\"loss\\": NaN, \\"acc\\": 0.25 }'));
    await rig.run();
    const shown = await rig.run('metrics', 'show');
    assert.equal(shown.stdout, 'a\ninstance  loss   acc\na          NaN  0.25\n\nb\ninstance  mean\nb          0.5\n');
    assert.equal(
      shown.stderr,
      'note: c.toml is TOML, which is not read here; write JSON or YAML\n' +
        'note: c is a directory; name the files in it below "metrics:"\n',
    );
    assert.equal((await rig.run('metrics', 'show', '-k', 'mean')).stdout, 'instance  mean\nb          0.5\n');
    const { files } = JSON.parse((await rig.run('metrics', 'show', '--json')).stdout) as { files: unknown[] };
    assert.deepEqual(files[0], { path: 'a.json', stage: 'a', instance: 'a', values: { loss: 'NaN', acc: 0.25 } });
    commit();
    rig.write(write('{ \\"loss\\": Infinity, \\"acc\\": 0.5 }'));
    await rig.run();
    assert.match(
      (await rig.run('diff')).stdout,
      /^a\.json +loss +NaN +inf +changed\na\.json +acc +0\.25 +0\.5 +\+0\.25$/m,
    );
  });

  it('doctor finds what works in a project that is not this experiment, and says nothing of this experiment', async () => {
    rig.write({ 'pipeline.yaml': 'stages: { train: { cmd: python3 train.py, deps: [train.py], outs: [model] } }\n' });
    rig.write({ 'train.py': 'open("model", "w").write("m")\n' });
    const { code, stdout } = await rig.run('doctor', '--json');
    const { works, checks } = JSON.parse(stdout) as { works: boolean; checks: { name: string; state: string }[] };
    assert.deepEqual([code, works], [0, true], stdout);
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['node', 'machine', 'cache', 'links', 'clock', 'disk', 'git', 'locks', 'open files', 'programs', 'inputs'],
    );
    assert.doesNotMatch(stdout, /backend|npm|runs|reports|sharp/);
  });

  it('doctor exits with 1 when something will not work', async () => {
    rig.write({ 'pipeline.yaml': 'stages: { a: { cmd: true, outs: [x, x] } }\n' });
    assert.match((await rig.run('doctor')).stdout, /^PROBLEM {2}pipeline .*mistake.*\n.*-> "pipeline status" shows/m);
    rig.write({ 'pipeline.yaml': pipelineFile });
    await rig.run('doctor');
    rig.remove('.pipeline');
    rig.write({ '.pipeline': 'a file in the way' });
    const broken = await rig.run('doctor');
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /^PROBLEM {2}cache/m);
  });

  it('schema prints a JSON Schema', async () => {
    const { $schema } = JSON.parse((await rig.run('schema')).stdout) as { $schema: string };
    assert.match($schema, /json-schema\.org/);
    assert.match((await rig.run('schema', '--params')).stderr, /no schema of its params/);
  });

  it('bash completes stages and instances through the sourced script', () => {
    const script = `
      pipeline() { "${process.execPath}" "${bin}" "$@"; }
      source <(pipeline completion bash)
      try() {
        COMP_LINE="$1" COMP_POINT=\${#1} COMP_WORDS=() COMP_CWORD=0 COMPREPLY=()
        _pipeline
        echo "\${COMPREPLY[*]}"
      }
      try 'pipeline st'
      try 'pipeline run --stage eval@'
      try 'pipeline run -S nets.'
      complete -p pipeline`;
    const said = execFileSync('bash', ['--norc', '-c', script], { cwd: rig.root, encoding: 'utf8' });
    assert.equal(said, 'status\nA B\nnets.A= nets.B=\ncomplete -o default -F _pipeline pipeline\n');
  });
});

describe('a mistake on the command line', () => {
  let rig: Rig;
  beforeEach(() => {
    rig = new Rig({ 'pipeline.yaml': pipelineFile, 'params.yaml': params, 'source.txt': 's' });
  });
  afterEach(() => rig.close());

  it('is told with what was meant, and exit code 2', async () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [['statsu'], /^error: unknown command "statsu"\. Did you mean "status"\?/],
      [['status', '--jsno'], /unknown option '--jsno'\n\(Did you mean --json\?\)/],
      [['-f', 'status'], /^error: the command comes first: pipeline status \[options\]/],
      [['dag', '--format', 'png'], /Allowed choices are tree, mermaid, dot, svg/],
      [['logs', 'evl'], /no stage or instance matches "evl"\n {2}hint: did you mean "eval"\?/],
      [
        ['status', '--params', 'parms.yaml'],
        /the params file parms\.yaml does not exist\n {2}hint: did you mean "params\.yaml"\?/,
      ],
      [['status', '-S', 'rat=1'], /params have no key "rat"\n {2}hint: did you mean "rate"\?/],
      [['diff', 'HEAD', '--with', 'reports/demo'], /either revisions or --with/],
      [['diff', 'HEAD', 'HEAD~1', 'HEAD~2'], /^error: diff compares two revisions, .*, not 3\n$/],
      [['help', 'statu'], /^error: unknown command "statu"\. Did you mean "status"\?/],
      [['help', 'sweep', 'nope'], /^error: unknown command "nope"\. Commands: run, plan, report\.\n$/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await rig.run(...args);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
  });

  it('does not keep anybody from the version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    for (const word of ['--version', '-V']) {
      const { code, stdout, stderr } = await rig.run(word);
      assert.deepEqual([code, stdout, stderr], [0, `${version} (Node ${process.version})\n`, '']);
    }
    assert.match((await rig.run('--help')).stdout, /-V, --version +print the version/);
    assert.match((await rig.run('__complete', '--', '--ver')).stdout, /^--version\t/);
  });

  it('does not keep anybody from the help, which has an example for every command', async () => {
    const all = await rig.run('help');
    assert.equal(all.code, 0);
    const names = Array.from(all.stdout.matchAll(/^ {2}([a-z]+) .*/gm), ([, name]) => name!);
    assert.ok(names.length > 8 && !all.stdout.includes('__complete'));
    for (const name of ['run', 'status', 'logs', 'dag', 'diff', 'doctor', 'schema', 'completion']) {
      assert.ok(names.includes(name), name);
      assert.match((await rig.run(name, '--help')).stdout, /\nExamples?:\n {2}pipeline /, name);
    }
  });
});
