import { describeEoh } from '../descriptors/eoh.ts';
import { describeLbp } from '../descriptors/lbp.ts';
import { describeLpq } from '../descriptors/lpq.ts';
import {
  BASE_NET_NAMES,
  METHOD_NAMES,
  type MethodName,
  methodNamed,
  type PairMethodName,
  type StillMethodName,
  type StillNetName,
  stillNetName,
} from '../names.ts';
import { cnn, cnnWeakAndPeak } from './cnn.ts';
import { dcgan, groupGan1v2, groupGan2v2, restoration } from './gan.ts';
import type { Method, PairMethod, StillMethod } from './method.ts';
import { described } from './stills/descriptors.ts';
import { groupgan } from './stills/groupgan.ts';
import { plainNet } from './stills/plain-nets.ts';
import { rnLafAda } from './stills/rn-laf-ada.ts';
import { scn } from './stills/scn.ts';

type Methods = Readonly<Record<PairMethodName, PairMethod> & Record<StillMethodName, StillMethod>>;

/** All methods by name. To add one: docs/adding-a-method.md. */
export const METHODS: Methods = {
  cnn,
  dcgan,
  'groupgan-1v2': groupGan1v2,
  'groupgan-2v2': groupGan2v2,
  restore: restoration,
  'cnn-weak+peak': cnnWeakAndPeak,
  lpq: described('lpq', describeLpq),
  lbp: described('lbp', describeLbp),
  eoh: described('eoh', describeEoh),
  ...(Object.fromEntries(BASE_NET_NAMES.map((net) => [stillNetName(net), plainNet(net)])) as Record<
    StillNetName,
    StillMethod
  >),
  'rn-laf-ada': rnLafAda,
  scn,
  groupgan,
};

/** The method of this name that reads pairs; null where there is none. */
export function pairMethod(name: string): PairMethod | null {
  const method = methodOf(name);
  return method?.reads === 'pairs' ? method : null;
}

/** The method of this name that reads stills; null where there is none. */
export function stillMethod(name: string): StillMethod | null {
  const method = methodOf(name);
  return method?.reads === 'stills' ? method : null;
}

/** Names of the methods that read such pictures, in the order of the tables. */
export function methodsThatRead(reads: Method['reads']): readonly MethodName[] {
  return METHOD_NAMES.filter((name) => METHODS[name].reads === reads);
}

function methodOf(name: string): Method | null {
  const known = methodNamed(name);
  return known === null ? null : METHODS[known];
}
