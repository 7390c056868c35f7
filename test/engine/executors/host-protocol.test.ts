import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { endMarker, MarkerSplitter } from '../../../src/engine/executors/host-protocol.ts';

/** What a splitter passes on, as text and as ids in brackets, when the bytes come in pieces of these sizes. */
function passedOn(written: Buffer, sizes: readonly number[]): string {
  let passed = '';
  const splitter = new MarkerSplitter(
    (bytes) => (passed += bytes.toString('latin1')),
    (id) => (passed += `<${id}>`),
  );
  let at = 0;
  for (const size of sizes) {
    splitter.push(written.subarray(at, at + size));
    at += size;
  }
  splitter.push(written.subarray(at));
  splitter.end();
  return passed;
}

describe('what a stage host writes', () => {
  it('is passed on byte for byte without its markers, however it is cut', () => {
    const text = fc.constantFrom(
      '',
      'a\n',
      'no newline',
      '\u0001',
      '\u0001\u0002end ',
      '\u0001\u0002end x\u0002\u0001\n',
      '\u00ff\r\n',
    );
    const part = fc.oneof(
      text.map((written) => ({ written, passed: written })),
      fc.nat({ max: 9999 }).map((id) => ({ written: endMarker(id), passed: `<${id}>` })),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.nat({ max: 12 }), { maxLength: 12 }),
        (parts, sizes) => {
          const written = Buffer.from(parts.map((one) => one.written).join(''), 'latin1');
          assert.equal(passedOn(written, sizes), parts.map(({ passed }) => passed).join(''));
        },
      ),
    );
  });
});
