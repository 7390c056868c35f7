import assert from 'node:assert/strict';
import { instance, load, mistakes, text } from '../graph/rig.ts';

function resourcesOf(yaml: string): unknown {
  const files = {
    'params.yaml': 'threads: 3\nmemory: 2GiB\nhalf: 0.5\n',
    'pipeline.yaml': `stages:\n  a:\n    cmd: x\n    meta: {resources: ${yaml}}\n`,
  };
  return instance(load(files), 'a').resources;
}

describe('the resources of a stage', () => {
  it('are one core when nothing is said', () => {
    const pipeline = load('stages:\n  a: {cmd: x}\n  b: {cmd: x, meta: {resources: {}}}\n');
    const one = { cpus: 1, gpus: 0, memory: 0, pools: {} };
    assert.deepEqual(instance(pipeline, 'a').resources, one);
    assert.deepEqual(instance(pipeline, 'b').resources, one);
  });

  it('may be given as numbers, sizes and templates', () => {
    assert.deepEqual(
      resourcesOf('{cpus: "${threads}", gpus: 1, memory: 8GB, pools: {licences: 2, disk: "${threads}"}}'),
      {
        cpus: 3,
        gpus: 1,
        memory: 8e9,
        pools: { licences: 2, disk: 3 },
      },
    );
    assert.deepEqual(resourcesOf('{memory: "${memory}"}'), { cpus: 1, gpus: 0, memory: 2 * 1024 ** 3, pools: {} });
    assert.deepEqual(resourcesOf('{memory: 1000}'), { cpus: 1, gpus: 0, memory: 1000, pools: {} });
  });

  it('are told with their place when they cannot be meant', () => {
    const report = mistakes({
      'params.yaml': 'half: 0.5\nword: much\nlist: [1]\n',
      'pipeline.yaml': text`
        stages:
          a:
            cmd: x
            meta:
              resources: {cpus: "\${half}", gpus: -1, memory: 8 apples, ram: 3, pools: {disk: "\${list}"}}
          b:
            cmd: x
            meta: {resources: {cpus: 0, memory: "\${word}"}}
      `,
    });
    assert.equal(
      report,
      text`
        pipeline.yaml:5:25  error: "cpus" must be a whole number from 1 up, and is 0.5
                  resources: {cpus: "\${half}", gpus: -1, memory: 8 apples, ram: 3, pools: {disk: "\${list}"}}
                                    ~~~~~~~~~

        pipeline.yaml:5:42  error: "stages.a.meta.resources.gpus" must be at least 0, and is -1
                  resources: {cpus: "\${half}", gpus: -1, memory: 8 apples, ram: 3, pools: {disk: "\${list}"}}
                                                     ~~

        pipeline.yaml:5:54  error: "stages.a.meta.resources.memory" must be bytes, a size such as 8GB or 512MiB, or a template such as \${name}, and is "8 apples"
                  resources: {cpus: "\${half}", gpus: -1, memory: 8 apples, ram: 3, pools: {disk: "\${list}"}}
                                                                 ~~~~~~~~

        pipeline.yaml:5:64  error: unknown key "stages.a.meta.resources.ram"
                  resources: {cpus: "\${half}", gpus: -1, memory: 8 apples, ram: 3, pools: {disk: "\${list}"}}
                                                                           ~~~
          hint: a resource of your own is a pool: write pools: {ram: 1}

        pipeline.yaml:5:86  error: "disk" must be a whole number from 0 up, and is a list
                  resources: {cpus: "\${half}", gpus: -1, memory: 8 apples, ram: 3, pools: {disk: "\${list}"}}
                                                                                                 ~~~~~~~~~

        pipeline.yaml:8:30  error: "stages.b.meta.resources.cpus" must be at least 1, and is 0
                meta: {resources: {cpus: 0, memory: "\${word}"}}
                                         ~

        pipeline.yaml:8:41  error: "memory" must be a size such as "8GB", "512MiB" or a number of bytes, and is "much"
                meta: {resources: {cpus: 0, memory: "\${word}"}}
                                                    ~~~~~~~~~
      `.trimEnd(),
    );
  });
});

describe('the environment of a stage', () => {
  it('is a list of names, each once', () => {
    const pipeline = load(
      'stages:\n  a: {matrix: {i: [1]}, cmd: x, env: [MODE, "LEVEL_${item.i}", MODE]}\n  b: {cmd: x}\n',
    );
    assert.deepEqual(instance(pipeline, 'a@1').env, ['MODE', 'LEVEL_1']);
    assert.deepEqual(instance(pipeline, 'b').env, []);
  });

  it('refuses what cannot be the name of a variable', () => {
    assert.equal(
      mistakes('stages:\n  a: {cmd: x, env: [MODE=fast]}\n'),
      text`
        pipeline.yaml:2:21  error: "MODE=fast" is not the name of an environment variable
              a: {cmd: x, env: [MODE=fast]}
                                ~~~~~~~~~
          hint: give the name alone; its value is taken from the environment that the pipeline is started in
      `.trimEnd(),
    );
  });
});
