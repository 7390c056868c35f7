import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiKey, passwordIn, trackingSettings, TrackingSettingsError } from '../../src/tracking/settings.ts';

describe('tracking settings', () => {
  it('record offline, beside the project, unless the environment says otherwise', () => {
    assert.deepEqual(trackingSettings('/project', { WANDB_MODE: '', WANDB_ENTITY: '' }), {
      mode: 'offline',
      directory: '/project/wandb',
      project: 'groupgan-pipeline',
      entity: null,
      baseUrl: 'https://api.wandb.ai',
    });
  });

  it('take mode, directory, project, entity and address from the variables of the official client', () => {
    const env = {
      WANDB_MODE: 'online',
      WANDB_DIR: '/data',
      WANDB_PROJECT: 'faces',
      WANDB_ENTITY: 'lab',
      WANDB_BASE_URL: 'http://localhost:8080/',
    };
    assert.deepEqual(trackingSettings('/project', env), {
      mode: 'online',
      directory: '/data/wandb',
      project: 'faces',
      entity: 'lab',
      baseUrl: 'http://localhost:8080',
    });
  });

  it('say what a mode or an address must be', () => {
    assert.throws(
      () => trackingSettings('/', { WANDB_MODE: 'onlin' }),
      new TrackingSettingsError('WANDB_MODE must be online, offline or disabled, found "onlin"'),
    );
    assert.throws(() => trackingSettings('/', { WANDB_BASE_URL: 'localhost' }), /WANDB_BASE_URL must be an address/);
  });

  it('find the key in WANDB_API_KEY, else in the netrc file under the host of the service', () => {
    const home = mkdtempSync(join(tmpdir(), 'netrc-'));
    try {
      assert.equal(apiKey({ HOME: home }, 'https://api.wandb.ai'), null);
      writeFileSync(join(home, '.netrc'), 'machine api.wandb.ai\n  login user\n  password secret\n');
      assert.equal(apiKey({ HOME: home }, 'https://api.wandb.ai'), 'secret');
      assert.equal(apiKey({ HOME: home }, 'https://wandb.example.org'), null);
      assert.equal(apiKey({ HOME: home, WANDB_API_KEY: ' given\n' }, 'https://api.wandb.ai'), 'given');
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('read netrc with comments, several machines on one line and a default', () => {
    const text = '# machine x password no\nmachine a login l password 1 machine b password 2\ndefault password 3';
    assert.deepEqual(
      ['a', 'b', 'c'].map((host) => passwordIn(text, host)),
      ['1', '2', '3'],
    );
  });
});
