import { Ajv } from 'ajv';
import Type, { type Static } from 'typebox';
import { markdownPage, markdownTable } from '../base/report-table.ts';
import { markdownCell } from '../base/table-cells.ts';
import {
  correctedTTest,
  holm,
  pairedTTest,
  type PairedTest,
  studentCdf,
  studentQuantile,
} from '../science/evaluation/significance.ts';
import type { EvalMetrics, Metrics, PretrainMetrics, StillMetrics } from './metrics.ts';
import { intervalText, probability, signed } from './numbers.ts';
import { percent } from './tables.ts';

/** What the paper claims, as reports/claims.yaml lists it. */
const claim = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]+$' }),
    where: Type.String(),
    says: Type.String(),
    report: Type.String(),
    of: Type.Union([
      Type.Literal('accuracy'),
      Type.Literal('recall'),
      Type.Literal('toward-peak'),
      Type.Literal('judge'),
      Type.Literal('lit'),
    ]),
    task: Type.String(),
    method: Type.String(),
    over: Type.Optional(Type.String()),
    net: Type.Optional(Type.String()),
    'over-net': Type.Optional(Type.String()),
    classes: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
  },
  { additionalProperties: false },
);

const claims = Type.Object(
  { margin: Type.Number({ exclusiveMinimum: 0 }), claims: Type.Array(claim, { minItems: 1 }) },
  { additionalProperties: false },
);

export type Claim = Static<typeof claim>;
export type Claims = Static<typeof claims>;

export type Verdict = 'shown' | 'refuted' | 'not decidable' | 'not run';

/** A claim beside what was found. */
export interface Finding {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** Null where nothing was run. */
  readonly test: PairedTest | null;
  /** Two-sided, corrected for the claims of the same place by Holm's method. */
  readonly p: number | null;
  /** The gain (points) that a test at 5 % would have found in four of five such experiments. */
  readonly detectable: number | null;
}

export class ClaimsError extends Error {
  /** The message is all a user needs: show it without a stack trace. */
  readonly forUser = true;
}

const LEVEL = 0.05;
const POWER = 0.8;

/** Checks what a file of claims holds. Throws a ClaimsError that names `file`. */
export function parseClaims(value: unknown, file: string): Claims {
  const check = new Ajv({ allErrors: true }).compile<Claims>(claims);
  if (!check(value)) {
    const problems = (check.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`);
    throw new ClaimsError(`${file}: ${problems.join('; ')}`);
  }
  const ids = value.claims.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw new ClaimsError(`${file}: two claims are named ${twice}`);
  return value;
}

/**
 * What committed metrics say of claims.
 *
 * `shown`: the mean gain is above 0 by a two-sided test at 5 %. `refuted`: it is not shown, and a gain as large as the margin
 * is excluded by a one-sided test at 5 % (so that nothing that would matter is there). Both are corrected for the claims of
 * the same place. Otherwise `not decidable`: the design was too small.
 *
 * @param metricsOf the metrics of a report
 */
export function judgeClaims({ margin, claims }: Claims, metricsOf: (report: string) => readonly Metrics[]): Finding[] {
  const tested = claims.map((claim) => ({ claim, test: testOf(claim, metricsOf(claim.report)) }));
  return tested.map(({ claim, test }) => {
    if (test === null) return { claim, verdict: 'not run', test, p: null, detectable: null };
    const family = tested.filter((other) => other.claim.where === claim.where);
    const own = family.findIndex((other) => other.claim === claim);
    const p = holm(family.map((other) => other.test?.p ?? null))[own] ?? null;
    const without = holm(family.map((other) => (other.test === null ? null : belowMargin(other.test, margin))))[own];
    // Equal differences leave nothing to test.
    const isSame = test.n > 1 && test.t === null;
    const isShown = (isSame || (p !== null && p < LEVEL)) && test.mean > 0;
    const isRefuted = isSame ? test.mean < margin : without !== null && without !== undefined && without < LEVEL;
    const verdict = isShown ? 'shown' : isRefuted ? 'refuted' : 'not decidable';
    return { claim, verdict, test, p, detectable: detectableBy(test) };
  });
}

/** p of the one-sided test whose hypothesis is a gain of the margin or more; null where there is no spread. */
function belowMargin(test: PairedTest, margin: number): number | null {
  const error = errorOf(test);
  return error === null ? null : studentCdf((test.mean - margin) / error, test.n - 1);
}

/** The standard error of the mean, as the test took it for its 95 % interval; null where there is no spread. */
function errorOf({ n, mean, t, interval }: PairedTest): number | null {
  return t === null || interval === null ? null : (interval[1] - mean) / studentQuantile(1 - LEVEL / 2, n - 1);
}

function detectableBy(test: PairedTest): number | null {
  const error = errorOf(test);
  if (error === null) return null;
  return (studentQuantile(1 - LEVEL / 2, test.n - 1) + studentQuantile(POWER, test.n - 1)) * error;
}

function testOf(claim: Claim, metrics: readonly Metrics[]): PairedTest | null {
  const stills = metrics.filter(
    (entry): entry is StillMetrics => entry.kind === 'wild' && (entry.task ?? 'wild') === claim.task,
  );
  if (stills.length > 0) {
    const differences = ofStills(claim, stills);
    return differences.length === 0 ? null : pairedTTest(differences);
  }
  const differences = ofPairs(claim, metrics);
  // Folds share training people: their mean is less certain than that of as many independent differences.
  const share = differences.length > 1 ? 1 / (differences.length - 1) : 0;
  return differences.length === 0 ? null : correctedTTest(differences, share);
}

/** One difference a repetition. */
function ofStills({ of, method, over, id }: Claim, stills: readonly StillMetrics[]): number[] {
  if (of !== 'accuracy') throw new ClaimsError(`claim ${id}: ${of} is of pairs, and the task has single pictures`);
  const by = (name: string | undefined) =>
    new Map(stills.filter((one) => one.method === name).map((one) => [one.repeat, percent(one.test)]));
  const [ours, others] = [by(method), by(over)];
  return [...ours].flatMap(([repeat, value]) => {
    const other = others.get(repeat);
    return other === undefined ? [] : [value - other];
  });
}

type PairMetrics = EvalMetrics | PretrainMetrics;

/** One difference a fold: the mean over its BaseNets and repetitions. */
function ofPairs(claim: Claim, metrics: readonly Metrics[]): number[] {
  const own = metrics.filter(
    (entry): entry is PairMetrics =>
      (entry.kind === 'eval' || entry.kind === 'pretrain-e') && entry.task === claim.task,
  );
  const evaluations = own.filter(
    (entry): entry is EvalMetrics =>
      entry.kind === 'eval' && entry.method === claim.method && (claim.net ?? entry.net) === entry.net,
  );
  const byFold = new Map<number, number[]>();
  for (const entry of evaluations) {
    const gain = gainOf(claim, entry, partnerOf(claim, entry, own));
    if (gain !== null) byFold.set(entry.fold, [...(byFold.get(entry.fold) ?? []), gain]);
  }
  return [...byFold]
    .sort(([a], [b]) => a - b)
    .map(([, gains]) => gains.reduce((sum, gain) => sum + gain, 0) / gains.length);
}

/** What an evaluation is compared with. */
function partnerOf(claim: Claim, entry: EvalMetrics, all: readonly PairMetrics[]): PairMetrics | null {
  const net = claim['over-net'] ?? entry.net;
  const over = claim.over ?? claim.method;
  const found = all.find(
    (other) =>
      other.net === net &&
      other.fold === entry.fold &&
      other.repeat === entry.repeat &&
      (over === 'start' ? other.kind === 'pretrain-e' : other.kind === 'eval' && other.method === over),
  );
  return found ?? null;
}

/** In points; null where it was not measured. */
function gainOf({ of, classes = [] }: Claim, entry: EvalMetrics, partner: PairMetrics | null): number | null {
  switch (of) {
    case 'accuracy':
      return partner === null ? null : percent(entry.weak) - percent(partner.weak);
    case 'recall': {
      const recalls = entry.weak.confusion.map((row, at) => {
        const count = row.reduce((sum, value) => sum + value, 0);
        return { name: entry.classes[at] ?? '', share: count === 0 ? null : (row[at] ?? 0) / count };
      });
      const mean = (isOurs: boolean): number => {
        const shares = recalls.flatMap(({ name, share }) =>
          classes.includes(name) === isOurs && share !== null ? [share] : [],
        );
        return shares.reduce((sum, share) => sum + share, 0) / shares.length;
      };
      return 100 * (mean(true) - mean(false));
    }
    case 'toward-peak': {
      const { magnification } = entry;
      return magnification === undefined ? null : 100 * (1 - magnification.toPeak.after / magnification.toPeak.before);
    }
    case 'judge': {
      const { judge } = entry.magnification ?? {};
      return judge === undefined ? null : percent(judge.magnified) - percent(judge.weak);
    }
    case 'lit': {
      const lit = (one: PairMetrics | null): number | null => {
        const features = one?.kind === 'eval' ? one.features : undefined;
        const known = features?.same.filter((value) => value !== null) ?? [];
        if (features === undefined || known.length === 0) return null;
        return (100 * known.reduce((sum, value) => sum + value, 0)) / known.length / features.size;
      };
      const [ours, theirs] = [lit(entry), lit(partner)];
      return ours === null || theirs === null ? null : theirs - ours;
    }
  }
}

/** The findings as a page. */
export function claimsPage({ margin }: Claims, findings: readonly Finding[]): string {
  const cells = findings.map(({ claim, verdict, test, p, detectable }) => [
    markdownCell(claim.says),
    markdownCell(claim.where),
    test === null ? '–' : signed(test.mean),
    test === null || test.interval === null ? '–' : intervalText(test),
    test === null ? '0' : String(test.n),
    probability(p),
    detectable === null ? '–' : detectable.toFixed(2),
    `**${verdict}**`,
  ]);
  return markdownPage(
    'What the paper claims, and what the committed runs find',
    [
      'Computed by `npm run claims` from reports/claims.yaml and the committed metrics; the scale of each run stands above ' +
        'its tables. The gain is in points, above 0 where it speaks for the claim: mean over folds (each the mean over its ' +
        'BaseNets), or over repetitions in the wild, with its 95 % interval. Folds share training people, so their variance is ' +
        'corrected (Nadeau and Bengio 2003), which makes intervals wider than those of the tables. p: two-sided paired t-test, ' +
        'corrected for the claims of the same place (Holm 1979). "Detectable": the gain that such a test finds in four of five ' +
        'experiments of this size. Repetitions in the wild differ in starts and batches, not in pictures.',
      `**Shown**: above 0 (p < ${LEVEL}). **Refuted**: not shown, and a gain of ${margin} point or more is excluded (one-sided, ` +
        'corrected alike). **Not decidable**: neither, by a run of this size. All of this is of drawn faces and small networks.',
    ],
    markdownTable(
      ['Claim', 'Where', 'Gain', '95 % interval', 'n', 'p', 'Detectable', 'Verdict'],
      cells,
      (column) => column > 1 && column < 7,
    ),
  );
}

/** The marks of a page, `<!-- claims: ID verdict, ID verdict -->`, that are not what was found. One line each. */
export function wrongVerdicts(page: string, text: string, findings: readonly Finding[]): string[] {
  const found = new Map(findings.map(({ claim, verdict }) => [claim.id, verdict]));
  return [...text.matchAll(/<!-- claims: ([^>]*) -->/g)].flatMap(([, list = '']) =>
    list.split(', ').flatMap((entry) => {
      const [id = '', ...words] = entry.split(' ');
      const [said, verdict] = [words.join(' '), found.get(id)];
      if (verdict === undefined) return [`${page} speaks of a claim ${id} that reports/claims.yaml does not have`];
      return said === verdict ? [] : [`${page} says of ${id} that it is ${said}; found: ${verdict}`];
    }),
  );
}
