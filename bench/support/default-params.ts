import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Params } from '../../src/params/params.ts';

const file = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../params/default.yaml');

/** params/default.yaml as it stands: without a profile, and with templates in it. */
export function defaultParams(): Params {
  return parse(readFileSync(file, 'utf8')) as Params;
}
