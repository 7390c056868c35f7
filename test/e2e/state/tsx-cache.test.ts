import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Rig, stageContext } from '../support/rig.ts';

const program = `
import { writeFileSync } from 'node:fs';
import { defineStage } from ${stageContext};
export default defineStage(import.meta.url, (context) => {
  writeFileSync(context.out(), (process.env['TSX_DISABLE_CACHE'] ?? 'kept') + ' ' + (process.env['TMPDIR'] as string));
});
`;

describe('programs that tsx starts', function () {
  this.timeout(60_000);
  let rig: Rig;
  const before = { ...process.env };
  beforeEach(() => {
    rig = new Rig({
      'pipeline.yaml': `
stages:
  warm: { cmd: tsx stage.ts, outs: [warm.txt], meta: { warm: true } }
  cold: { cmd: tsx stage.ts, outs: [cold.txt] }
`,
      'package.json': '{ "type": "module" }\n',
      'stage.ts': program,
    });
    mkdirSync(path.join(rig.root, 'shared'));
    Reflect.deleteProperty(process.env, 'TSX_DISABLE_CACHE');
    process.env['TMPDIR'] = path.join(rig.root, 'shared');
  });
  afterEach(() => {
    for (const name of ['TSX_DISABLE_CACHE', 'TMPDIR']) {
      Reflect.deleteProperty(process.env, name);
      if (before[name] !== undefined) process.env[name] = before[name];
    }
    rig.close();
  });

  it('run nothing that another user put into the cache, and see the temporary directory as it is', async function () {
    if (process.geteuid === undefined) this.skip();
    const shared = path.join(rig.root, 'shared');
    const cache = path.join(shared, `tsx-${process.geteuid()}`);
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    const { code, stdout, stderr } = await rig.run();
    assert.equal(code, 0, stdout + stderr);
    for (const file of ['warm.txt', 'cold.txt']) assert.equal(rig.read(file), `1 ${shared}`);
    assert.deepEqual(
      readdirSync(cache).filter((name) => /^\d/.test(name)),
      [],
    );
    chmodSync(cache, 0o700);
    assert.equal((await rig.run('--force')).code, 0);
    for (const file of ['warm.txt', 'cold.txt']) assert.equal(rig.read(file), `kept ${shared}`);
  });
});
