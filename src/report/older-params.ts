import type { ReportParams } from './scale.ts';

type Group = Readonly<Record<string, unknown>>;

/**
 * The parameters of a report in the present layout. Reports of before there were `pictures` and `tasks` record `faces`,
 * `sketches`, `wild` and `ablation`; they can be verified as long as they are committed.
 */
export function presentParams(params: ReportParams): ReportParams {
  if (!('faces' in params)) return params;
  const { faces, sketches, wild, ablation, ...rest } = params as Readonly<Record<string, Group>>;
  const known = group(faces?.['corpora']);
  const rootOf = (name: string) => group(known[name])['root'];
  const use = (faces?.['use'] ?? []) as readonly string[];
  const landmarks = String(wild?.['landmarks']);
  const folds = ({ count, by }: Group) => ({ count, ...(by === undefined ? {} : { by }) });
  return {
    ...rest,
    pictures: {
      faces: {
        corpora: Object.fromEntries(Object.keys(known).map((name) => [name, use.includes(name) ? rootOf(name) : null])),
        folds: folds(group(faces?.['folds'])),
      },
      sketches: {
        classes: sketches?.['classes'],
        perClass: sketches?.['perClass'],
        folds: folds(group(sketches?.['folds'])),
      },
      wild: {
        corpora: {
          [String(wild?.['reader'])]: wild?.['root'],
          ...(landmarks === 'none' ? {} : { [landmarks]: rootOf(landmarks) }),
        },
      },
    },
    tasks: {
      faces: { pictures: 'faces', folds: group(faces?.['folds'])['run'], training: {} },
      sketches: { pictures: 'sketches', folds: group(sketches?.['folds'])['run'], training: sketches?.['training'] },
      ablation: {
        pictures: 'faces',
        nets: [ablation?.['net']],
        folds: ablation?.['folds'],
        repeats: ablation?.['repeats'],
        training: {},
      },
      wild: {
        pictures: 'wild',
        net: wild?.['net'],
        repeats: wild?.['repeats'],
        systems: { easyFrom: wild?.['easyFrom'], easyShare: wild?.['easyShare'] },
        training: wild?.['training'],
      },
    },
  };
}

function group(value: unknown): Group {
  return typeof value === 'object' && value !== null ? (value as Group) : {};
}
