/**
 * Draws a synthetic corpus in the layout of CK+, Oulu-CASIA or LSEMSW, so that the readers of the real ones serve it.
 * In: nothing. Out: the corpus as a directory.
 */
import { defineStage, StageError } from '../src/engine/stage-context.ts';
import { paramsOf } from '../src/params/access/params-of.ts';
import { writeCkPlus, writeOuluCasia, writeWild } from '../src/synthetic/write-corpus.ts';

export default defineStage(import.meta.url, async (context) => {
  const { corpus = 'none' } = context.args;
  const { seed, synthesize } = paramsOf(context);
  const common = { seed, onProgress: (fraction: number) => context.progress(fraction), signal: context.signal };
  const sequences = () => ({ ...common, frames: synthesize.frames, difficulty: synthesize.difficulty });
  switch (corpus) {
    case 'ck-plus':
      await writeCkPlus(context.out(), { ...synthesize['ck-plus'], ...sequences() });
      break;
    case 'oulu-casia':
      await writeOuluCasia(context.out(), { ...synthesize['oulu-casia'], ...sequences() });
      break;
    case 'wild': {
      const { pictures } = await writeWild(context.out(), { ...synthesize.wild, ...common });
      context.log(`${pictures} pictures`);
      break;
    }
    default:
      throw new StageError(`--corpus must be ck-plus, oulu-casia or wild, not ${corpus}`);
  }
});
