import { UsageError } from '../../cli/exit-codes.ts';
import type { Params, ResolvedParams } from '../../cli/extension.ts';
import { BackendError, chooseBackend, type WorkSize } from '../../compute/backend-choice.ts';
import { valueAt } from '../../engine/yaml/value-at.ts';

/**
 * The backend in place of `auto`: results depend on it, so what enters params, and with them the fingerprints, is never
 * `auto`.
 *
 * @throws UsageError for a backend that does not exist or does not load
 */
export function resolveBackend(params: Params, root: string): ResolvedParams {
  if (!Object.hasOwn(params, 'backend')) return { values: {}, notes: [] };
  const asked = params['backend'];
  if (typeof asked !== 'string')
    throw new UsageError(`the param backend must be a name, found ${JSON.stringify(asked)}`);
  try {
    const { backend, reason, faster } = chooseBackend(asked, root, workSizeOf(params));
    return { values: { backend }, notes: [`backend ${backend}: ${reason}`, ...(faster === null ? [] : [faster])] };
  } catch (error) {
    if (error instanceof BackendError) throw new UsageError(error.message);
    throw error;
  }
}

/** How large the networks are, where params say it. */
function workSizeOf(params: Params): WorkSize | null {
  const [size, width] = [valueAt(params, 'data.size'), valueAt(params, 'training.model.width')];
  return typeof size === 'number' && typeof width === 'number' ? { size, width } : null;
}
