import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'mocha';

const bin = path.resolve(import.meta.dirname, '../../bin/pipeline.js');

/** Free space (KiB) at the start of a run: from none at all to what two stages, their copies and all state take. */
const LEVELS = [0, 4, 8, 16, 24, 40, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048];

// Two outputs of 256 KiB, one of them a folder. A run is made with little space and made again with enough.
const script = `
set -u
mount -t tmpfs -o size=16m tmpfs "$DISK"
for level in $LEVELS; do
  rm -rf "$DISK"/* "$DISK"/.pipeline
  cat > "$DISK/pipeline.yaml" <<'YAML'
stages:
  one: {cmd: "head -c 262144 /dev/zero | tr '\\\\0' a > one", outs: [one]}
  two: {cmd: "mkdir two && cp one two/b && echo small > two/a", deps: [one], outs: [two]}
YAML
  cd "$DISK"
  free=$(df -k --output=avail "$DISK" | tail -1)
  head -c $(( (free - level) * 1024 )) /dev/zero > ballast 2>/dev/null
  "$NODE" "$BIN" > "$LOGS/$level.first" 2>&1; first=$?
  rm -f ballast
  "$NODE" "$BIN" > "$LOGS/$level.again" 2>&1; again=$?
  "$NODE" "$BIN" > "$LOGS/$level.third" 2>&1; third=$?
  sum=$(cat one two/a two/b | sha256sum | cut -c1-12)
  left=$(find .pipeline/tmp .pipeline/store/tmp -type f 2>/dev/null | wc -l)
  echo "$level $first $again $third $sum $left"
done
`;

function inNamespace(env: NodeJS.ProcessEnv): { readonly status: number | null; readonly stdout: string } {
  const root = process.getuid?.() === 0;
  const words = [...(root ? [] : ['--user', '--map-root-user']), '--mount', 'bash', '-c', script];
  return spawnSync('unshare', words, { env, encoding: 'utf8', maxBuffer: 2 ** 24 });
}

describe('a disk that is full', function () {
  this.timeout(600_000);

  it('at any moment of a run ends in messages, loses nothing, and the same command completes the work', function () {
    const parent = mkdtempSync(path.join(tmpdir(), 'full-disk-'));
    try {
      const [disk, logs] = ['disk', 'logs'].map((name) => path.join(parent, name));
      for (const folder of [disk, logs]) mkdirSync(folder!);
      const { status, stdout } = inNamespace({
        ...process.env,
        ...{ DISK: disk, LOGS: logs, BIN: bin, NODE: process.execPath, LEVELS: LEVELS.join(' '), NO_COLOR: '1' },
      });
      const rows = stdout
        .trim()
        .split('\n')
        .filter((line) => line !== '');
      // No namespaces here (not Linux, or not permitted): nothing can be mounted.
      if (rows.length === 0 && status !== 0) this.skip();
      assert.equal(rows.length, LEVELS.length, stdout);
      const sums = new Set<string>();
      let failures = 0;
      for (const row of rows) {
        const [level, first, again, third, sum = '', left] = row.split(' ');
        if (first !== '0') failures++;
        assert.equal(again, '0', `${level} KiB: ${readFileSync(path.join(logs!, `${level}.again`), 'utf8')}`);
        assert.equal(third, '0');
        assert.match(readFileSync(path.join(logs!, `${level}.third`), 'utf8'), /fresh 2/);
        assert.equal(left, '0', `temporary files at ${level} KiB`);
        sums.add(sum);
      }
      assert.equal(sums.size, 1, stdout);
      assert.ok(failures >= 5, `the disk was full in ${failures} runs only`);
      for (const name of readdirSync(logs!)) {
        assert.doesNotMatch(
          readFileSync(path.join(logs!, name), 'utf8'),
          /^\s+at .*:\d+:\d+\)?$/m,
          `a stack in ${name}`,
        );
      }
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });
});
