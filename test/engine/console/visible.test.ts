import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { csvLines, markdownLines, tableLines } from '../../../src/engine/console/data-table.ts';
import { doctorLines } from '../../../src/engine/console/doctor-text.ts';
import { colorsFor } from '../../../src/engine/console/format.ts';
import { svgText } from '../../../src/engine/console/graph-svg.ts';
import { dotText, mermaidText, treeLines } from '../../../src/engine/console/graph-text.ts';
import { liveLines } from '../../../src/engine/console/live-view.ts';
import { plainRenderer } from '../../../src/engine/console/plain.ts';
import { planLines } from '../../../src/engine/console/report.ts';
import { statusLines } from '../../../src/engine/console/status-text.ts';
import { sweepRenderer } from '../../../src/engine/console/sweep.ts';
import { visible, visibleColored, visibleLines } from '../../../src/engine/console/visible.ts';
import type { Check } from '../../../src/engine/doctor/check.ts';
import type { InstanceName } from '../../../src/engine/stages/types.ts';
import type { PlanEntry } from '../../../src/engine/planning/plan.ts';
import type { Reason } from '../../../src/engine/planning/reasons.ts';
import type { Failure, Outcome, RunEvent } from '../../../src/engine/running/events.ts';
import type { SweepEvent } from '../../../src/engine/sweeps/sweep-events.ts';
import { makePipeline } from '../support/make-pipeline.ts';

/** Text that would move the cursor, set a title, clear the screen, forge a line or turn the direction of reading. */
const hostile = fc.string({
  minLength: 1,
  maxLength: 12,
  unit: fc.constantFrom(...Array.from('ab-[]2J;m\u001b\u009b\u0007\u0008\n\r\t\u007f\u0000\u202e\u2066\u2028é')),
});

const reasonsOf = (s: string): Reason[] => [
  { type: 'command-changed', from: s, to: `${s}2` },
  { type: 'wdir-changed', from: s, to: s },
  { type: 'param-changed', key: s, from: s, to: { [s]: s } },
  { type: 'param-added', key: s },
  { type: 'env-changed', name: s, from: null, to: s },
  { type: 'env-added', name: s },
  { type: 'dep-changed', path: s },
  { type: 'dep-name-changed', name: s, from: [s], to: [] },
  { type: 'code-changed', entry: s, parts: [s, `${s}2`] },
  { type: 'code-added', entry: s, parts: [] },
  { type: 'output-missing', path: s },
  { type: 'upstream', instances: [s] },
  { type: 'corrupt-object', digest: s },
];
const failuresOf = (s: string): Failure[] => [
  { type: 'exit', message: s, code: 1, tail: [s] },
  { type: 'outputs-missing', message: s, paths: [s] },
  { type: 'inputs-changed', message: s, names: [s] },
  { type: 'inputs-missing', message: s, paths: [s] },
  { type: 'system', message: s },
];
const eventsOf = (s: string): RunEvent[] => {
  const outcomes: Outcome[] = [
    ...failuresOf(s).map((failure): Outcome => ({ type: 'failed', failure })),
    { type: 'ran' },
    { type: 'restored' },
    { type: 'interrupted' },
    { type: 'skipped', because: 'upstream-failed' },
  ];
  return [
    { type: 'note', level: 'info', text: s },
    { type: 'note', level: 'warning', text: s },
    {
      type: 'stage-waiting',
      instance: s,
      holder: { id: s, pid: 1, host: s, since: s, lastSign: s, life: 'unknown', advice: s },
    },
    ...reasonsOf(s).map((reason): RunEvent => {
      return { type: 'stage-started', instance: s, reasons: [reason], warm: false, log: s, expectedMs: null };
    }),
    { type: 'output', instance: s, stream: 'stdout', line: s },
    { type: 'progress', instance: s, fraction: 0.5, note: s },
    { type: 'object-quarantined', digest: s, movedTo: s },
    ...outcomes.map((outcome): RunEvent => ({ type: 'stage-finished', instance: s, outcome, ms: 1, log: s })),
    {
      type: 'run-finished',
      counts: { ran: 1, restored: 0, fresh: 0, failed: 0, skipped: 0 },
      ms: 1,
      stages: [{ stage: s, count: 1, ms: 1 }],
      result: 'ok',
    },
  ];
};
const entriesOf = (s: string): PlanEntry[] => {
  const instance = makePipeline('/', { [s]: { cmd: s, deps: [s], outs: [`${s}/o`] } }).instances.get(
    s as InstanceName,
  )!;
  return [{ instance, action: 'waits', reasons: reasonsOf(s) }];
};
const sweepEventsOf = (s: string): SweepEvent[] => [
  { type: 'sweep-started', id: s, name: s, method: 'grid', count: 1, ended: 0 },
  { type: 'trial-started', trial: 1, values: { [s]: s } },
  ...eventsOf(s).map((event): SweepEvent => ({ type: 'trial-event', trial: 1, event })),
  { type: 'trial-finished', trial: 1, state: 'failed', metric: null, reason: s, ms: 1 },
  { type: 'trial-finished', trial: 1, state: 'stopped', metric: null, reason: s, ms: 1 },
];

const rendered = (events: (write: (text: string) => void) => void): string[] => {
  const lines: string[] = [];
  events((text) => {
    assert.ok(text.endsWith('\n'));
    lines.push(...text.slice(0, -1).split('\n'));
  });
  return lines;
};

type Colors = ReturnType<typeof colorsFor>;
/** Everything that makes text for a person, given one text in all places; how many lines that is for a harmless one. */
const renderers: Readonly<Record<string, (s: string, colors: Colors) => readonly string[]>> = {
  events: (s, colors) => rendered((write) => eventsOf(s).forEach(plainRenderer(write, { colors, quiet: false }))),
  'events of a sweep': (s, colors) =>
    rendered((write) => sweepEventsOf(s).forEach(sweepRenderer(write, { colors, quiet: false }))),
  'a plan': (s, colors) =>
    planLines({ type: 'plan', instances: [{ instance: s, action: 'run', reasons: reasonsOf(s) }] }, colors),
  status: (s, colors) => statusLines(entriesOf(s), { colors, width: null }),
  'the doctor': (s, colors) =>
    doctorLines([{ name: 'a', state: 'note', found: s, advice: s } satisfies Check], colors, null),
  'the live view': (s) =>
    liveLines(
      [{ name: s, elapsed: 1, expected: null, fraction: 0, note: s }],
      { done: 0, todo: 1 },
      { columns: 200, rows: 9 },
    ),
  'a table': (s) => tableLines({ columns: [{ title: s }], rows: [[s]] }, null),
  'a Markdown table': (s) => markdownLines({ columns: [{ title: s }], rows: [[s]] }),
  'a tree': (s) =>
    treeLines({
      nodes: [
        { name: s, count: 1 },
        { name: 'z', count: 2 },
      ],
      edges: [{ from: s, to: 'z' }],
    }),
  mermaid: (s) =>
    mermaidText({ nodes: [{ name: s, count: 1 }], edges: [] })
      .trimEnd()
      .split('\n'),
  dot: (s) =>
    dotText({ nodes: [{ name: s, count: 1 }], edges: [] })
      .trimEnd()
      .split('\n'),
  svg: (s) =>
    svgText({ nodes: [{ name: s, count: 1 }], edges: [] })
      .trimEnd()
      .split('\n'),
  'lines with colours': (s, colors) => [visibleColored(colors.red(visible(s)))],
};

describe('text for a terminal', () => {
  const harmful = /[^\P{Cc}\t]|[\u2028\u202a-\u202e\u2066-\u2069]/u;
  const own = new RegExp(`${String.fromCharCode(0x1b)}\\[(?:1|2|22|31|32|33|36|39)m`, 'g');

  for (const [what, render] of Object.entries(renderers)) {
    it(`holds no control character in ${what}, and no line that somebody else wrote`, () => {
      const counts = [true, false].map((isTTY) => render('harmless', colorsFor({ isTTY }, {})).length);
      fc.assert(
        fc.property(hostile, fc.boolean(), (s, isTTY) => {
          const lines = render(s, colorsFor({ isTTY }, {}));
          for (const line of lines) {
            assert.ok(!harmful.test(line.replaceAll(own, '')), JSON.stringify(line));
          }
          if (what !== 'the live view') assert.equal(lines.length, counts[isTTY ? 0 : 1]);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('shows what a name holds as escapes, and leaves everything else as it is', () => {
    assert.equal(visible('a\u001b[2J\n\r\t\u0000\u009b\u202eb é 漢 ñ'), 'a\\e[2J\\n\\r\\t\\x00\\x9b\\u202eb é 漢 ñ');
    assert.equal(visibleLines('one\n\ttwo\u001b[31m'), 'one\n\ttwo\\e[31m');
    assert.equal(
      visibleColored('\u001b[31mred\u001b[39m \u001b[8mhidden\u001b[5m'),
      '\u001b[31mred\u001b[39m \\e[8mhidden\\e[5m',
    );
    fc.assert(fc.property(hostile, (s) => assert.equal(visible(visible(s)), visible(s))));
  });

  it('in CSV is nothing that a spreadsheet computes, and its numbers are numbers', () => {
    const line = (...cells: string[]): string => csvLines({ columns: [], rows: [cells] })[1]!;
    assert.equal(line('=1+1', '+a', '-a', '@a', '\ta', '\uff1da'), "'=1+1,'+a,'-a,'@a,'\ta,'\uff1da");
    assert.equal(line('=HYPERLINK("x","y")', '\r=1'), '"\'=HYPERLINK(""x"",""y"")","\'\r=1"');
    assert.equal(line('-5', '+1e-7', '-.5', '-inf', '-', 'NaN', 'a=b'), '-5,+1e-7,-.5,-inf,-,NaN,a=b');
    assert.equal(line('a\u001b[2J'), 'a\\e[2J');
  });

  it('in Markdown is no markup, no HTML, no picture and no link', () => {
    const cell = (text: string): string => markdownLines({ columns: [], rows: [[text]] })[2]!.slice(2, -2);
    const cases: readonly (readonly [string, string])[] = [
      ['<script>alert(1)</script>', '\\<script>alert(1)\\</script>'],
      ['![x](http://h/p.png)', '!\\[x]\\(http:\\/\\/h/p.png)'],
      ['[a](javascript:x) [b][c] [^1]', '[a]\\(javascript:x) [b]\\[c] \\[^1]'],
      ['10.4 [25] (10.1) [1,2]', '10.4 [25] (10.1) [1,2]'],
      [
        'www.h.org *a* `b` ~~c~~ __d__ snake_case',
        'www\\.h.org \\*a\\* \\`b\\` \\~\\~c\\~\\~ \\_\\_d\\_\\_ snake_case',
      ],
      ['a|b\\|c', 'a\\|b\\\\\\|c'],
      ['&lt; && &', '\\&lt; && &'],
      ['one\r\ntwo\nthree', 'one two three'],
    ];
    for (const [text, expected] of cases) assert.equal(cell(text), expected);
  });
});
