import type { Params } from '../params.ts';
import { guarded, type Values } from './guard.ts';

/** The context of a stage, as far as its params go. */
interface ContextOfParams {
  /** `train` or `train@faces-cnn-AlexNet-0`. */
  readonly name: string;
  params(): Values;
  readonly paramKeys: readonly string[];
}

/** Before a stage starts, the command line has put the name of a backend in the place of `auto`. */
export type StageParams = Params & { readonly backend: Exclude<Params['backend'], 'auto'> };

/**
 * The params that pipeline.yaml declares for a stage, as plain data. Reading another one throws a ParamsError that says
 * what to add to pipeline.yaml.
 */
export function paramsOf(context: ContextOfParams): StageParams {
  const [stage = context.name] = context.name.split('@', 1);
  const declared = new Set(context.paramKeys);
  const guard = (values: Values, prefix: string): Values => {
    const entries = Object.entries(values).map(([name, value]) => {
      const key = prefix + name;
      // A stage may look through a map that it declares as a whole; of a map above, it may have parts only.
      return [name, declared.has(key) ? value : guard(value as Values, `${key}.`)];
    });
    return guarded(Object.fromEntries(entries) as Values, { stage, prefix });
  };
  // The engine has checked the document against the schema that follows from the same declaration as the type.
  return guard(context.params(), '') as unknown as StageParams;
}
