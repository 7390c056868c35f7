import type { ContextData } from '../../../src/engine/stage-context.ts';
import { createStageContext, StopRequest } from '../../../src/engine/stage-context.ts';
import type { StageContext } from '../../../src/engine/stage-context.ts';
import type { Value } from '../../../src/engine/yaml/values.ts';

/** The context of an instance of `train` that declares these keys of a document. */
export function contextOf(document: object, keys: readonly string[]): StageContext {
  const valueAt = (key: string): Value =>
    key.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document) as Value;
  const data: ContextData = {
    name: 'train@faces-cnn-AlexNet-0',
    root: '/project',
    invocation: 'now',
    journal: '/project/journal.jsonl',
    scratch: '/project/scratch',
    cpus: 1,
    params: Object.fromEntries(keys.map((key) => [key, valueAt(key)])),
    deps: [],
    outs: [],
  };
  return createStageContext(data, [], new StopRequest());
}
