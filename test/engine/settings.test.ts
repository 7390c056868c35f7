import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, it } from 'mocha';
import { parseBytes } from '../../src/base/bytes.ts';
import { PipelineError } from '../../src/engine/yaml/diagnostics.ts';
import { readSettings } from '../../src/engine/settings.ts';
import { removeTemporary, temporaryDirectory } from './support/temporary.ts';

const config = '.pipeline/config.yaml';

function mistakes(root: string, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    readSettings(root, env);
    return [];
  } catch (error) {
    assert(error instanceof PipelineError);
    return error.message.split(/\n+/);
  }
}

describe('readSettings', () => {
  afterEach(removeTemporary);

  it('needs no file: the cache lies in the project, outputs stay writable, the machine is asked', () => {
    const root = temporaryDirectory();
    assert.deepEqual(readSettings(root, {}), {
      cache: { dir: path.join(root, '.pipeline/store'), links: ['reflink', 'copy'], remote: null },
      resources: { cpus: null, gpus: null, memory: null, pools: new Map() },
    });
  });

  it('reads every key, with paths from the root or from home', () => {
    const root = temporaryDirectory({
      [config]: [
        'cache: {dir: ../shared cache, links: [copy], remote: ~/remote}',
        'resources: {cpus: 4, gpus: 0, memory: 8GB, pools: {licence: 2}}',
      ].join('\n'),
    });
    assert.deepEqual(readSettings(root, {}), {
      cache: { dir: path.resolve(root, '../shared cache'), links: ['copy'], remote: path.join(homedir(), 'remote') },
      resources: { cpus: 4, gpus: 0, memory: 8e9, pools: new Map([['licence', 2]]) },
    });
  });

  it('takes an empty file, and one with nothing below its keys, for no settings', () => {
    const none = readSettings(temporaryDirectory(), {}).resources;
    assert.deepEqual(readSettings(temporaryDirectory({ [config]: '# nothing yet\n' }), {}).resources, none);
    assert.deepEqual(readSettings(temporaryDirectory({ [config]: 'cache:\nresources:\n' }), {}).resources, none);
  });

  it('lets the environment win over the file, and an empty variable change nothing but the remote', () => {
    const root = temporaryDirectory({ [config]: 'cache: {dir: a, remote: b}\nresources: {cpus: 4, memory: 1GB}\n' });
    const { cache, resources } = readSettings(root, {
      PIPELINE_CACHE_DIR: '/elsewhere',
      PIPELINE_CACHE_LINKS: 'hardlink, copy',
      PIPELINE_CACHE_REMOTE: '',
      PIPELINE_CPUS: '',
      PIPELINE_GPUS: '2',
      PIPELINE_MEMORY: '512MiB',
    });
    assert.deepEqual(cache, { dir: path.resolve('/elsewhere'), links: ['hardlink', 'copy'], remote: null });
    assert.deepEqual(resources, { cpus: 4, gpus: 2, memory: 512 * 2 ** 20, pools: new Map() });
  });

  it('reports all mistakes of the file at their places', () => {
    const root = temporaryDirectory({
      [config]: 'cache:\n  links: [symlink]\n  direct: x\nresources:\n  cpus: 0\n  pools: {licence: -1}\n',
    });
    assert.deepEqual(mistakes(root), [
      `${config}:2:11  error: "cache.links[0]" must be one of "reflink", "hardlink", "copy", and is "symlink"`,
      `${config}:3:3  error: unknown key "cache.direct"`,
      '  hint: did you mean "dir"?',
      `${config}:5:9  error: "resources.cpus" must be at least 1, and is 0`,
      `${config}:6:20  error: "resources.pools.licence" must be at least 0, and is -1`,
    ]);
  });

  it('says what a size looks like, and where the one that is none stands', () => {
    const root = temporaryDirectory({ [config]: 'resources:\n  memory: much\n' });
    assert.deepEqual(mistakes(root, { PIPELINE_CPUS: 'all', PIPELINE_CACHE_LINKS: 'copy,copy' }), [
      `${config}:2:11  error: resources.memory must be a size such as "8GB", "512MiB" or a number of bytes, and is "much"`,
      'error: the environment variable PIPELINE_CACHE_LINKS must be names out of reflink, hardlink, copy, each once, with commas between, and is "copy,copy"',
      'error: the environment variable PIPELINE_CPUS must be a whole number from 1, and is "all"',
    ]);
  });

  it('refuses a file that is a list', () => {
    assert.deepEqual(mistakes(temporaryDirectory({ [config]: '- cache\n' })), [
      `${config}:1:1  error: machine settings must be a map of keys, and are a list`,
    ]);
  });
});

describe('parseBytes', () => {
  it('knows decimal and binary units in any case', () => {
    const sizes = {
      '8GB': 8e9,
      '512MiB': 536_870_912,
      '1.5g': 1.5e9,
      '12 kB': 12_000,
      '7': 7,
      '0B': 0,
      '2TiB': 2 ** 41,
    };
    for (const [text, bytes] of Object.entries(sizes)) assert.equal(parseBytes(text), bytes, text);
    for (const text of ['', 'GB', '-1', '1e3', '8GBs', '9999999999TB', '1,5GB']) assert.equal(parseBytes(text), null);
  });

  it('takes a plain number as it is', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseBytes(bytes) === bytes));
  });
});
