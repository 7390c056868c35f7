import { parseBytes } from '../../../base/bytes.ts';

/** Amounts of resources by name: `cpus`, `gpus`, `memory` (bytes), and whatever pools the user names. */
export type Amounts = Readonly<Record<string, number>>;

/** `gpus=2,licence=1,memory=8GB`. Throws an Error that says what was expected. */
export function parseAmounts(text: string): Amounts {
  const entries = text.split(',').map((part): [string, number] => {
    const match = /^\s*([\w.-]+)=(.+)$/.exec(part);
    const [, name = '', value = ''] = match ?? [];
    const count = name === 'memory' ? parseBytes(value) : /^\s*\d+\s*$/.test(value) ? Number(value) : null;
    if (count === null || (name === 'cpus' && count === 0)) {
      throw new Error(
        `expected NAME=AMOUNT with commas between, as in gpus=2,memory=8GB,licence=1; found "${part.trim()}"`,
      );
    }
    return [name, count];
  });
  return Object.fromEntries(entries);
}
