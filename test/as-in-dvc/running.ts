import type { DvcCases } from './case.ts';
import { beyond } from './running/beyond.ts';
import { runCache, stageCache } from './running/cache.ts';
import { gc } from './running/gc.ts';
import { lock, status } from './running/lock.ts';
import { missing, pulling } from './running/remote.ts';
import { repro } from './running/repro.ts';
import type { RunningCase } from './running/running-case.ts';
import { stages } from './running/stages.ts';

/** All cases of what runs, comes from the cache and stays in it, by the files in which DVC has them. */
export const running: readonly DvcCases<RunningCase>[] = [
  repro,
  stages,
  stageCache,
  runCache,
  pulling,
  missing,
  lock,
  status,
  gc,
  beyond,
];
