import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

describe('report verify', () => {
  let root: string;

  before(() => {
    root = mkdtempSync(path.join(tmpdir(), 'report-verify-'));
    writeFileSync(path.join(root, 'pipeline.yaml'), 'stages: {}\n');
  });
  after(() => rmSync(root, { recursive: true }));

  const verify = () => {
    const words = [path.join(home, 'bin/pipeline.js'), 'report', 'verify', 'ablation'];
    return spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  };

  it('accepts a report without figures as a clone has it, without their empty directory', () => {
    const figures = path.join(home, 'reports/ablation/figures');
    cpSync(path.join(home, 'reports/ablation'), path.join(root, 'reports/ablation'), {
      recursive: true,
      filter: (file) => file !== figures,
    });
    const { status, stdout } = verify();
    assert.match(stdout, /^ok reports\/ablation: tables follow from 90 metrics files/);
    assert.equal(status, 0);
  });

  it('finds a figure that nothing made', () => {
    const stray = path.join(root, 'reports/ablation/figures/lie.png');
    cpSync(path.join(home, 'docs/images/contact-sheet.png'), stray);
    assert.ok(statSync(stray).size > 0);
    const { status, stdout } = verify();
    assert.match(stdout, /^differs reports\/ablation\/figures\/lie\.png: nothing of this name follows from/m);
    assert.equal(status, 1);
  });
});
