/** Values at the edges of a rule such as `number (0, 1]`, `fake | fake+weak` or `distinct list 2.. of text`. */
export interface Edges {
  readonly allowed: readonly unknown[];
  readonly refused: readonly unknown[];
}

const LIST = /^(distinct )?list (\d+)\.\.(\d*) of (.*)$/;
const NUMBER = /^(integer|number)(?: ([[(])(\S*), (\S*)([\])]))?$/;

export function edgesOf(rule: string): Edges {
  const list = LIST.exec(rule);
  if (list !== null)
    return edgesOfList(list[1] !== undefined, Number(list[2]), Number(list[3] || 3), edgesOf(list[4]!));
  const number = NUMBER.exec(rule);
  if (number !== null) return edgesOfNumber(number);
  if (rule === 'text') return { allowed: ['a'], refused: ['', 1, null] };
  if (rule === 'boolean') return { allowed: [true, false], refused: ['yes', 0, null] };
  const words = rule.split(' | ').map((word) => (Number.isNaN(Number(word)) ? word : Number(word)));
  return { allowed: words, refused: ['none of them', 2, null] };
}

function edgesOfNumber([, kind, opens, low = '', high = '', closes]: RegExpExecArray): Edges {
  const step = kind === 'integer' ? 1 : 1e-3;
  const [least, most] = [low === '' ? -1e6 : Number(low), high === '' ? 1e6 : Number(high)];
  const first = opens === '(' ? least + step : least;
  const last = closes === ')' ? most - step : most;
  return {
    allowed: [first, last],
    refused: [
      ...(low === '' ? [] : [first - step]),
      ...(high === '' ? [] : [last + step]),
      ...(kind === 'integer' ? [first + 0.5] : []),
      '1',
      null,
    ],
  };
}

function edgesOfList(isDistinct: boolean, least: number, most: number, items: Edges): Edges {
  // More items than there are edges: other texts and numbers of the same kind.
  const more = items.allowed.flatMap((item) =>
    typeof item === 'number' ? [item, item + 1, item + 2] : item === 'a' ? ['a', 'b', 'c'] : [item],
  );
  const some = [...new Set(more)].slice(0, Math.max(1, most));
  const allowed = [some.slice(0, Math.max(least, 1)), some.slice(0, most), ...(least === 0 ? [[]] : [])];
  const [first] = some;
  return {
    allowed,
    refused: [
      ...items.refused.map((item) => [item, ...some.slice(0, least - 1)]),
      ...(least > 0 ? [some.slice(0, least - 1)] : []),
      ...(isDistinct ? [[first, first, ...some.slice(1)]] : [Array<unknown>(most + 1).fill(first)]),
      first,
    ],
  };
}
