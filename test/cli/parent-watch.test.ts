import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parentWatch } from '../../src/cli/parent-watch.ts';

interface Row {
  readonly name: string;
  readonly parent: number;
  readonly group: number;
}

/** npm (10) started a shell (20), which started the command (30). */
const npmAndShell: Readonly<Record<number, Row>> = {
  10: { name: 'npm run pipelin', parent: 1, group: 10 },
  20: { name: 'sh', parent: 10, group: 10 },
  30: { name: 'node', parent: 20, group: 10 },
};

class Table {
  rows: Record<number, Row>;
  readonly script: string | undefined;

  constructor(rows: Readonly<Record<number, Row>> = npmAndShell, script?: string) {
    this.rows = { ...rows };
    this.script = script;
  }

  /** A process ends; its children get another parent. */
  end(pid: number): void {
    this.rows = Object.fromEntries(
      Object.entries(this.rows)
        .filter(([key]) => Number(key) !== pid)
        .map(([key, row]) => [key, row.parent === pid ? { ...row, parent: 1 } : row]),
    );
  }

  watch(): (() => boolean) | null {
    return parentWatch({
      env: { npm_lifecycle_event: 'pipeline', npm_lifecycle_script: this.script ?? 'node bin/pipeline.js' },
      ppid: () => this.rows[30]?.parent ?? 0,
      stat: (pid) => {
        const row = this.rows[pid === 'self' ? 30 : pid];
        return row === undefined ? null : `${pid} (${row.name}) S ${row.parent} ${row.group} 5 0 -1`;
      },
    });
  }
}

describe('the watch for the end of the package manager', () => {
  it('sees npm go, whether its shell goes with it or stays', () => {
    for (const ended of [[10], [10, 20], [20, 10]]) {
      const table = new Table();
      const isGone = table.watch();
      assert.equal(isGone?.(), false);
      for (const pid of ended) table.end(pid);
      assert.equal(isGone(), true);
    }
  });

  it('sees npm go where the shell was replaced by the command', () => {
    const table = new Table({ 10: npmAndShell[10]!, 30: { name: 'node', parent: 10, group: 10 } });
    const isGone = table.watch();
    assert.equal(isGone?.(), false);
    table.end(10);
    assert.equal(isGone(), true);
  });

  it('leaves alone what no script of a package manager started', () => {
    const facts = { ppid: () => 20, stat: () => '20 (npm run x) S 1 10 5 0' };
    assert.equal(parentWatch({ ...facts, env: {} }), null);
    const inherited = { ...npmAndShell, 10: { name: 'tmux: server', parent: 1, group: 10 } };
    assert.equal(new Table(inherited).watch(), null);
  });

  it('leaves alone what a script puts into the background', () => {
    for (const script of ['node x.js &', 'nohup node x.js > log 2>&1 &', 'setsid node x.js', 'node x.js & disown']) {
      assert.equal(new Table(npmAndShell, script).watch(), null, script);
    }
    for (const script of ['node a.js && node b.js', 'node a.js > log 2>&1', 'node a.js &> log']) {
      assert.notEqual(new Table(npmAndShell, script).watch(), null, script);
    }
  });

  it('leaves alone a command with a process group of its own', () => {
    assert.equal(new Table({ ...npmAndShell, 30: { name: 'node', parent: 20, group: 30 } }).watch(), null);
    assert.equal(new Table({ ...npmAndShell, 10: { name: 'npm run x', parent: 1, group: 9 } }).watch(), null);
  });
});
