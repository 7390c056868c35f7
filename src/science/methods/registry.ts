import { cnn, cnnWeakAndPeak } from './cnn.ts';
import { dcgan, groupGan1v2, groupGan2v2 } from './gan.ts';
import type { Method, MethodName } from './method.ts';

/** All methods by name, in the order of a table's columns. To add one: docs/adding-a-method.md. */
export const METHODS: Readonly<Record<MethodName, Method>> = {
  cnn,
  dcgan,
  'groupgan-1v2': groupGan1v2,
  'groupgan-2v2': groupGan2v2,
  'cnn-weak+peak': cnnWeakAndPeak,
};
