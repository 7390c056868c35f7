/** The synthetic corpora, as stages call them. */
export { writeCkPlus } from './write-ck-plus.ts';
export { writeOuluCasia } from './write-oulu-casia.ts';
export { writeWild } from './write-wild.ts';
export { SyntheticCorpusError } from './options.ts';
