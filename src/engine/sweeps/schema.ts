import type { JsonSchema } from '../schema/schema.ts';

const number = { type: 'number' } as const;
const strings = { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } } as const;

const parameters: JsonSchema = {
  description: 'Params keys, with dots or as nested `parameters`, and what to try for them',
  type: 'object',
  minProperties: 1,
  additionalProperties: { $ref: '#/$defs/parameter' },
};

const parameter: JsonSchema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    value: { description: 'The same for all trials' },
    values: { description: 'Any of these', type: 'array', minItems: 1 },
    probabilities: {
      description: 'How often each of `values`; they add up to 1',
      type: 'array',
      items: { type: 'number', minimum: 0 },
    },
    distribution: {
      description: 'Without one: int_uniform between whole `min` and `max`, uniform between others',
      enum: [
        'constant',
        'categorical',
        'int_uniform',
        'uniform',
        'q_uniform',
        'log_uniform_values',
        'q_log_uniform_values',
        'inv_log_uniform_values',
        'normal',
        'q_normal',
        'log_normal',
        'beta',
      ],
    },
    min: number,
    max: number,
    mu: { description: 'Mean; default 0', ...number },
    sigma: { description: 'Standard deviation; default 1', type: 'number', exclusiveMinimum: 0 },
    q: { description: 'Step; default 1', type: 'number', exclusiveMinimum: 0 },
    a: { description: 'First shape of beta; default 1', type: 'number', exclusiveMinimum: 0 },
    b: { description: 'Second shape of beta; default 1', type: 'number', exclusiveMinimum: 0 },
    parameters: { $ref: '#/$defs/parameters' },
  },
};

const pipeline: JsonSchema = {
  description: "Addition to W&B's language: how a trial is a run of this pipeline",
  type: 'object',
  additionalProperties: false,
  properties: {
    stages: { description: 'What a trial brings up to date, as --stage; default: everything', ...strings },
    params: { description: 'Params files below the trial, as --params', ...strings },
    set: { description: 'Dotted params keys and values that all trials share, as -S', type: 'object' },
    seed: { description: "Of the draws; default: the params' own seed", type: 'integer', minimum: 0 },
    batch: {
      description: 'bayes: so many trials are proposed together, knowing the results of those before; default 4',
      type: 'integer',
      minimum: 1,
    },
    metric: {
      description: 'Where a trial has its metric from: the metrics files of `stages`',
      type: 'object',
      required: ['value'],
      additionalProperties: false,
      properties: {
        value: { description: 'Dotted key in each metrics file; their mean counts', type: 'string', minLength: 1 },
        per: {
          description: 'Dotted key: sum of `value` by sum of this instead of the mean',
          type: 'string',
          minLength: 1,
        },
      },
    },
    live: {
      description: 'What early_terminate judges by: a value that stages log while they run',
      type: 'object',
      additionalProperties: false,
      properties: {
        stages: { description: 'Stages or instances whose log counts; default: all that log it', ...strings },
        name: { description: 'Default: the name of the metric', type: 'string', minLength: 1 },
        goal: { description: 'Default: the goal of the metric', enum: ['minimize', 'maximize'] },
      },
    },
  },
};

/** What params/sweeps/*.yaml may say: W&B's sweep configuration, and `pipeline`, which is ours. */
export const sweepSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A sweep over params',
  description: "Weights & Biases' sweep configuration. Only `pipeline` is an addition.",
  type: 'object',
  required: ['method', 'metric', 'parameters'],
  additionalProperties: false,
  properties: {
    method: { enum: ['grid', 'random', 'bayes'] },
    metric: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', minLength: 1 },
        goal: { description: 'Default: minimize', enum: ['minimize', 'maximize'] },
        target: { description: 'The sweep ends when a trial gets there', ...number },
      },
    },
    parameters: { $ref: '#/$defs/parameters' },
    early_terminate: {
      type: 'object',
      required: ['type'],
      additionalProperties: false,
      properties: {
        type: { enum: ['hyperband'] },
        min_iter: { type: 'integer', minimum: 1 },
        max_iter: { type: 'integer', minimum: 1 },
        s: { type: 'integer', minimum: 1 },
        eta: { description: 'Default: 3', type: 'number', exclusiveMinimum: 1 },
        strict: { description: 'Accepted, not used', type: 'boolean' },
      },
    },
    run_cap: { description: 'The most trials', type: 'integer', minimum: 1 },
    name: { type: 'string' },
    description: { type: 'string' },
    project: { type: 'string' },
    entity: { type: 'string' },
    program: { description: 'Accepted, not used: the program is the pipeline', type: 'string' },
    command: { description: 'Accepted, not used: the program is the pipeline', type: ['string', 'array'] },
    pipeline,
  },
  $defs: { parameters, parameter },
};

/** The schema as the text of a file that editors use for completion. */
export function sweepSchemaText(): string {
  return `${JSON.stringify(sweepSchema, null, 2)}\n`;
}
