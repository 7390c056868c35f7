import type { BaseNetConfig } from '../models/base-net.ts';
import type { DiscriminatorConfig } from '../models/discriminator.ts';
import type { GeneratorConfig } from '../models/generator.ts';
import type { MethodShape } from './method.ts';

/** How options become networks: the one place where the two vocabularies meet. */

export function baseNetConfig({ net, channels, options }: MethodShape): BaseNetConfig {
  const { width, dense, normalization, residualGamma, init } = options.model;
  return {
    net,
    size: options.augment.crop,
    channels,
    width,
    dense,
    normalization,
    residualGamma,
    initialization: init,
  };
}

export function generatorConfig({ channels, options }: MethodShape, expression: number | null): GeneratorConfig {
  const { width, skips, output } = options.generator;
  return { size: options.augment.crop, channels, width, expression, skips, output, initialization: options.model.init };
}

export function discriminatorConfig(
  { channels, options }: MethodShape,
  expression: number | null,
): DiscriminatorConfig {
  const { width, dense } = options.discriminator;
  return { size: options.augment.crop, channels, width, dense, expression, initialization: options.model.init };
}
