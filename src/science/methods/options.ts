import type { Training } from '../../params/training.ts';

/** A training of one network alone. */
export type SoloTraining = Training['pretrainE'];

/**
 * Everything that can be set about the methods: `training` of params, and the side of the pictures that the networks
 * see (`data.size`), in pixels: cut from the larger prepared pictures. docs/paper-to-code.md says why each is as it is.
 */
export type MethodOptions = Training & { readonly augment: { readonly crop: number } };
