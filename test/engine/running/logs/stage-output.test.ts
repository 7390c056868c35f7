import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Progress, StageOutput } from '../../../../src/engine/running/logs/stage-output.ts';

interface Seen {
  readonly log: Buffer;
  readonly lines: readonly string[];
  readonly progress: readonly Progress[];
  readonly tail: readonly string[];
}

/** What becomes of pieces of output, `>` of stderr. */
function see(...pieces: readonly (string | Buffer)[]): Seen {
  const log: Buffer[] = [];
  const lines: string[] = [];
  const progress: Progress[] = [];
  const output = new StageOutput(
    { write: (bytes) => void log.push(Buffer.from(bytes)) },
    {
      onLine: (stream, line) => lines.push(stream === 'stdout' ? line : `> ${line}`),
      onProgress: (one) => progress.push(one),
    },
  );
  for (const piece of pieces) {
    const isError = typeof piece === 'string' && piece.startsWith('>');
    output.push(isError ? 'stderr' : 'stdout', Buffer.from(isError ? piece.slice(1) : piece));
  }
  output.end();
  return { log: Buffer.concat(log), lines, progress, tail: output.tail };
}

describe('the output of a stage', () => {
  it('is in the log byte for byte, and in lines for people', () => {
    const bytes = Buffer.concat([Buffer.from('a\r\nb\n\n'), Buffer.from([0xff, 0x00, 0xc3]), Buffer.from('\nlast')]);
    const { log, lines, tail } = see(bytes);
    assert.deepEqual(log, bytes);
    assert.deepEqual(lines, ['a', 'b', '', '\ufffd\u0000\ufffd', 'last']);
    assert.deepEqual(tail, lines);
  });

  it('is the same however it is cut into pieces', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
    const text = fc
      .array(fc.constantFrom('a', '\n', '\r', ':', '::progress ', '::progress 0.5 x\n', 'é', '\u{1f600}'))
      .map((parts) => Buffer.from(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(bytes, text), fc.array(fc.nat({ max: 9 })), (written, sizes) => {
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(written.subarray(at, at + size));
          at += size;
        }
        pieces.push(written.subarray(at));
        const [whole, cut] = [see(written), see(...pieces)];
        assert.deepEqual(cut.log, whole.log);
        assert.deepEqual(cut.lines, whole.lines);
      }),
    );
  });

  it('has the lines of both streams in the order in which they ended, and does not mix them', () => {
    assert.equal(see('one ', '>err', 'two\n', '>or\n', 'open', '>last\n').log.toString(), 'one two\nerror\nlast\nopen');
  });

  it('has what is rewritten at once, and a long line as it comes', () => {
    const log: string[] = [];
    const output = new StageOutput(
      { write: (bytes) => void log.push(bytes.toString()) },
      { onLine: () => undefined, onProgress: () => undefined },
    );
    for (const piece of ['\r10%', '\r20%', '\n', 'x', 'y'.repeat(5000), 'z']) output.push('stderr', Buffer.from(piece));
    assert.deepEqual(log, ['\r10%', '\r20%', '\n', `x${'y'.repeat(5000)}`, 'z']);
  });

  it('leaves progress lines out of the log, on stdout only', () => {
    const { log, lines, progress } = see(
      '::prog',
      'ress 0.25 epoch 1\nx\n',
      '::progress nonsense\n',
      '>::progress 0.5\n',
      '::progress 1\r\n',
      'y ::progress 1\n',
    );
    assert.equal(log.toString(), 'x\n::progress nonsense\n::progress 0.5\ny ::progress 1\n');
    assert.deepEqual(lines, ['x', '::progress nonsense', '> ::progress 0.5', 'y ::progress 1']);
    assert.deepEqual(progress, [
      { fraction: 0.25, note: 'epoch 1' },
      { fraction: 1, note: null },
    ]);
  });

  it('shows a line that is rewritten by what it holds in the end, and meanwhile as progress, not too often', () => {
    const bar = (percent: number): string => `>\r ${percent}%|##  | ${percent}/100`;
    const { log, lines, progress } = see(bar(0), ...Array.from({ length: 100 }, (_, at) => bar(at + 1)), '>\n');
    assert.deepEqual(lines, ['>  100%|##  | 100/100']);
    assert.equal(log.toString().split('\r').length, 102);
    assert.deepEqual(progress[0], { fraction: 0, note: ' 0%|##  | 0/100' });
    assert.ok(progress.length < 50, `${progress.length} reports`);
  });

  it('goes by what a stage reports itself, where it does', () => {
    assert.deepEqual(see('::progress 0.5\n', '>a\r10% b', '>\r20% c').progress, [{ fraction: 0.5, note: null }]);
  });

  it('cuts a line without an end, and keeps what was rewritten no longer than that', () => {
    const { lines, log } = see('x'.repeat(3 << 20), '\n');
    assert.equal(log.length, (3 << 20) + 1);
    assert.equal(lines.join('').length, 3 << 20);
    assert.ok(lines.length > 1);
  });
});
