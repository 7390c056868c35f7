import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface Judgement {
  readonly failed: boolean;
  readonly lines: readonly string[];
}

const file = path.resolve(import.meta.dirname, '../../.ci/audit.mjs');
const { judge } = (await import(pathToFileURL(file).href)) as { judge: (report: unknown) => Judgement };

const advisory = { title: 'Something bad', url: 'https://example.org/GHSA-1' };
const found = (name: string, changes: object = {}): object => ({
  [name]: { name, severity: 'high', via: [advisory], effects: [], fixAvailable: true, ...changes },
});

/** tar below the GPU package, as npm reports it. */
const gpu = {
  ...found('tar', {
    effects: ['@mapbox/node-pre-gyp', '@tensorflow/tfjs-node-gpu'],
    fixAvailable: { name: '@tensorflow/tfjs-node-gpu', version: '0.1.0', isSemVerMajor: true },
  }),
  ...found('@mapbox/node-pre-gyp', { via: ['tar'], effects: ['@tensorflow/tfjs-node-gpu'] }),
  ...found('@tensorflow/tfjs-node-gpu', { via: ['@mapbox/node-pre-gyp', 'tar'] }),
};

describe('the audit of dependencies', () => {
  it('fails for what is serious and an update would mend', () => {
    for (const severity of ['high', 'critical']) {
      const { failed, lines } = judge({ vulnerabilities: found('picomatch', { severity }) });
      assert.equal(failed, true);
      assert.deepEqual(lines, [
        `FAILS: picomatch (${severity}): Something bad https://example.org/GHSA-1: run "npm update picomatch"`,
      ]);
    }
  });

  it('reports what is less serious, and what has no fix but another major version', () => {
    for (const changes of [
      { severity: 'moderate' },
      { fixAvailable: false },
      { fixAvailable: { name: 'a', version: '1.0.0', isSemVerMajor: true } },
    ]) {
      const { failed, lines } = judge({ vulnerabilities: found('a', changes) });
      assert.equal(failed, false);
      assert.match(lines.join('\n'), /^reported: a /);
    }
  });

  it('bears what is known, says it with its reason, and only where it comes from there', () => {
    const { failed, lines } = judge({ vulnerabilities: gpu });
    assert.equal(failed, false);
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /^known: tar \(high\): .*optional GPU package/);
    const elsewhere = {
      ...gpu,
      ...found('tar', { effects: ['@mapbox/node-pre-gyp', 'other'] }),
      ...found('other', { via: ['tar'] }),
    };
    assert.equal(judge({ vulnerabilities: elsewhere }).failed, true);
    assert.equal(judge({ vulnerabilities: found('tar') }).failed, true);
  });

  it('never fails where the registry does not answer, and says so', () => {
    for (const report of [null, {}, { message: '405 Method Not Allowed' }, { error: { summary: 'ENOTFOUND' } }]) {
      const { failed, lines } = judge(report);
      assert.equal(failed, false);
      assert.match(lines.join('\n'), /^The registry was not asked for vulnerabilities: /);
    }
  });

  it('says that there is nothing', () => {
    assert.deepEqual(judge({ vulnerabilities: {} }), {
      failed: false,
      lines: ['No vulnerability is known of what the project runs on.'],
    });
  });
});
