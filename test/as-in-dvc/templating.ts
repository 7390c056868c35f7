import type { DvcCases } from './case.ts';
import { beyond } from './templating/beyond.ts';
import { foreach, matrix } from './templating/iterations.ts';
import { mistakes } from './templating/mistakes.ts';
import { context } from './templating/names.ts';
import { entries, resolver, topLevel } from './templating/params-files.ts';
import type { TemplatingCase } from './templating/templating-case.ts';
import { interpolation } from './templating/values.ts';

/** All cases of templates in pipeline.yaml, by the files in which DVC has them. */
export const templating: readonly DvcCases<TemplatingCase>[] = [
  interpolation,
  context,
  entries,
  resolver,
  foreach,
  matrix,
  mistakes,
  topLevel,
  beyond,
];
