import { alexnet, resnet18, vgg13 } from './base-nets.ts';
import { eoh, lbp, lpq } from './descriptors.ts';
import { groupgan } from './groupgan.ts';
import type { WildMethod, WildMethodName } from './method.ts';
import { rnLafAda } from './rn-laf-ada.ts';
import { scn } from './scn.ts';

/** The methods of Table 3 by name, in the order of its rows. To add one: docs/adding-a-method.md. */
export const WILD_METHODS: Readonly<Record<WildMethodName, WildMethod>> = {
  lpq,
  lbp,
  eoh,
  alexnet,
  vgg13,
  resnet18,
  'rn-laf-ada': rnLafAda,
  scn,
  groupgan,
};
