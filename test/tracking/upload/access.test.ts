import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceKey } from '../../../src/tracking/upload/access.ts';

describe('the key for the service', () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'access-'))));
  afterEach(() => rmSync(home, { recursive: true }));
  const given = { WANDB_API_KEY: 'K' };

  it('goes without a word over https, and to this machine', () => {
    for (const url of [
      'https://api.wandb.ai',
      'http://localhost:8080',
      'http://wandb.localhost',
      'http://127.0.0.1:1',
      'http://127.9.9.9',
      'http://[::1]:1',
    ]) {
      assert.deepEqual(serviceKey(given, url), { key: 'K', warnings: [] }, url);
    }
  });

  it('goes with a warning over http to another machine, also to one that calls itself like this one', () => {
    for (const url of ['http://wandb.example.org', 'http://localhost.example.org', 'http://127.example.org']) {
      const { key, warnings } = serviceKey(given, url);
      assert.equal(key, 'K');
      assert.deepEqual(warnings, [
        `W&B: ${url} is asked over http: the key and all runs can be read on the way. Use https`,
      ]);
    }
    assert.deepEqual(serviceKey({ HOME: home }, 'http://wandb.example.org'), { key: null, warnings: [] });
  });

  it('is not taken from an address, and the mistake does not repeat it', () => {
    for (const url of [
      'https://u:SECRET@example.org',
      'https://SECRET@example.org',
      'https://example.org/?key=SECRET',
    ]) {
      assert.throws(
        () => serviceKey(given, url),
        (error: Error) => error.name === 'TrackingSettingsError' && !error.message.includes('SECRET'),
      );
    }
  });

  it('comes with a warning where others can read the netrc file it is in', () => {
    const netrc = join(home, '.netrc');
    writeFileSync(netrc, 'machine api.wandb.ai login user password K\n');
    for (const [mode, isOpen] of [
      [0o600, false],
      [0o400, false],
      [0o640, true],
      [0o604, true],
      [0o644, true],
    ] as const) {
      chmodSync(netrc, mode);
      const { key, warnings } = serviceKey({ HOME: home }, 'https://api.wandb.ai');
      assert.equal(key, 'K');
      const expected = `W&B: ${netrc} can be read by other users of this machine: chmod 600 ${netrc}`;
      assert.deepEqual(warnings, isOpen ? [expected] : [], mode.toString(8));
    }
    assert.deepEqual(serviceKey({ HOME: home, ...given }, 'https://api.wandb.ai').warnings, []);
  });

  it('is none where the netrc file cannot be read, which is told', () => {
    mkdirSync(join(home, '.netrc'));
    assert.deepEqual(serviceKey({ HOME: home }, 'https://api.wandb.ai'), {
      key: null,
      warnings: [`W&B: ${join(home, '.netrc')} cannot be read (EISDIR)`],
    });
  });
});
