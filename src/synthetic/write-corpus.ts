/** The synthetic corpora, as stages call them. */
export { writeCkPlus } from './write-ck-plus.ts';
export type { CkPlusOptions } from './write-ck-plus.ts';
export { writeOuluCasia } from './write-oulu-casia.ts';
export type { OuluCasiaOptions } from './write-oulu-casia.ts';
export { writeWild } from './write-wild.ts';
export type { WildOptions, WildSummary } from './write-wild.ts';
export type { WildDifficulty } from './wild-difficulty.ts';
export { SyntheticCorpusError } from './options.ts';
export type { CorpusOptions, CorpusSummary } from './options.ts';
export { DEFAULT_DIFFICULTY } from './difficulty.ts';
export type { Difficulty, Range } from './difficulty.ts';
