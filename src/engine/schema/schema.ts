import type { Value } from '../yaml/values.ts';

/** A JSON Schema, as data. */
export type JsonSchema = { readonly [keyword: string]: Value };

/** A string that is one template and nothing else. */
export const TEMPLATE_PATTERN = '^\\$\\{[^}]+\\}$';
/** A size of memory, `8GB`, `1.5 GiB`, `512MiB`, or a template. */
export const MEMORY_PATTERN = `^\\d+(?:\\.\\d+)? ?(?:[KMGTkmgt]i?)?[Bb]$|${TEMPLATE_PATTERN}`;
/** `@` parts a stage from its instance; the other characters would not be safe in the name of a file. */
export const STAGE_NAME_PATTERN = '^[\\p{L}\\p{N}_][\\p{L}\\p{N}_.-]*$';

const strings = { type: 'array', items: { type: 'string', minLength: 1 } } as const;
const annotations = {
  desc: { description: 'One line for people', type: 'string' },
  type: { description: 'What kind of data it is, for people', type: 'string' },
  labels: { description: 'Words for people to find it by', ...strings },
  meta: { description: 'Free notes' },
} as const;

/** `path` or `{path: {options}}`, as dvc writes outputs. */
function outputs(description: string, options: JsonSchema): JsonSchema {
  return {
    description,
    type: 'array',
    items: {
      type: ['string', 'object'],
      minLength: 1,
      minProperties: 1,
      additionalProperties: { type: ['object', 'null'], additionalProperties: false, properties: options },
    },
  };
}

function flag(description: string): JsonSchema {
  return { description, type: ['boolean', 'string'], pattern: TEMPLATE_PATTERN };
}

const storage: JsonSchema = {
  cache: flag('false: recorded, and kept by git; the store has it only if it is a metric or a plot'),
  persist: flag('true: not removed before the stage runs'),
  push: flag('false: stays out of the remote store. Accepted as in dvc.yaml'),
  remote: { type: 'string', minLength: 1, description: 'Name of the remote store. Accepted as in dvc.yaml, not used' },
};

function amount(description: string, minimum: number): JsonSchema {
  return { description, type: ['integer', 'string'], minimum, pattern: TEMPLATE_PATTERN };
}

const meta: JsonSchema = {
  description: 'Free notes, and what the runner needs to know beyond dvc.yaml.',
  type: ['object', 'null'],
  properties: {
    warm: { type: 'boolean', description: 'Addition to dvc.yaml: `tsx FILE ARGS` may run in a warm stage host' },
    only_if_needed: {
      type: 'boolean',
      description:
        'Addition to dvc.yaml: an instance is part of a run only where another one that is part of it depends on its outputs, or where it is named',
    },
    reads_given_params: {
      type: 'boolean',
      description:
        'Addition to dvc.yaml: the program takes its params from the file that PIPELINE_PARAMS or PIPELINE_CONTEXT names',
    },
    resources: {
      type: 'object',
      description: 'Addition to dvc.yaml: what one instance occupies while it runs',
      additionalProperties: false,
      properties: {
        cpus: amount('Addition to dvc.yaml: cores that one instance keeps busy; default 1', 1),
        gpus: amount('Addition to dvc.yaml: GPUs that one instance has to itself; default 0', 0),
        memory: {
          description: 'Addition to dvc.yaml: memory that one instance needs: bytes, or a size such as 8GB or 512MiB',
          type: ['integer', 'string'],
          minimum: 0,
          pattern: MEMORY_PATTERN,
        },
        pools: {
          description: 'Addition to dvc.yaml: places that one instance takes in named pools, such as licences',
          type: 'object',
          additionalProperties: amount('Places in this pool', 0),
        },
      },
    },
  },
};

function vars(description: string): JsonSchema {
  return { description, type: 'array', items: { type: ['string', 'object'], minLength: 1 } };
}

const stagePattern: JsonSchema = {
  description: 'Addition to dvc.yaml: a stage, an instance, or a pattern with * and ?',
  type: 'string',
  minLength: 1,
};

const definition: JsonSchema = {
  vars: vars(
    'Params files or some of their keys (file:key1,key2), and variables, for the templates of this stage alone',
  ),
  cmd: {
    description:
      'Shell command, or several that run one after another. Values are quoted for the shell; `${map}` becomes options. Addition to dvc.yaml: `${raw:name}` is not quoted',
    type: ['string', 'array'],
    minLength: 1,
    minItems: 1,
    items: { type: 'string', minLength: 1 },
  },
  wdir: {
    description: 'Directory the command runs in and paths are relative to; default: that of this file',
    type: 'string',
    minLength: 1,
  },
  desc: { description: 'One line for people', type: 'string' },
  deps: {
    description:
      'Files and directories that the stage reads. Additions to dvc.yaml: {stage: eval@*} means all outputs of those instances; data/**/*.csv stands for the files it matches, one by one, and "!data/raw/**" takes some away again, the later line winning; npm:NAME stands for the package.json of an installed package. A map gives each a name by which the program finds it (context.dep); one that is null is not there. A template may bring all of it',
    type: ['array', 'object', 'string'],
    pattern: TEMPLATE_PATTERN,
    items: {
      type: ['string', 'object'],
      minLength: 1,
      required: ['stage'],
      additionalProperties: false,
      properties: { stage: stagePattern },
    },
    additionalProperties: {
      description: 'Addition to dvc.yaml: a dependency under its name',
      type: ['string', 'object', 'null'],
      minLength: 1,
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: {
        stage: stagePattern,
        same: {
          description:
            'Addition to dvc.yaml: a stage; the out of its instance with the same key of the foreach and, in each dimension that it has, the same value',
          type: 'string',
          minLength: 1,
        },
      },
    },
  },
  params: {
    description:
      'Dotted keys of params that the stage reads, {file: [keys]} for those of any YAML or JSON file, {file: null} or {file: []} for all of it. Addition to dvc.yaml: a list of keys, given here or by a template, counts as its items',
    type: 'array',
    items: {
      type: ['string', 'object', 'array'],
      minLength: 1,
      items: { type: 'string', minLength: 1 },
      minProperties: 1,
      additionalProperties: { type: ['array', 'null'], items: { type: 'string', minLength: 1 } },
    },
  },
  code: { description: 'Addition to dvc.yaml: entry files whose import closure enters the fingerprint', ...strings },
  env: {
    description: 'Addition to dvc.yaml: names of environment variables whose values enter the fingerprint',
    ...strings,
  },
  outs: outputs('Files and directories that the stage writes', { ...storage, ...annotations }),
  metrics: outputs('Outputs that hold figures', { ...storage, ...annotations }),
  plots: outputs('Outputs that hold points to draw', {
    ...storage,
    ...annotations,
    x: { description: 'Field of the horizontal axis', type: 'string' },
    y: { description: 'Field of the vertical axis', type: 'string' },
    x_label: { description: 'Label of the horizontal axis', type: 'string' },
    y_label: { description: 'Label of the vertical axis', type: 'string' },
    title: { description: 'Title of the plot', type: 'string' },
    header: { description: 'Whether the first line of a CSV file names the fields', type: 'boolean' },
    template: { description: 'How to draw it', type: 'string' },
  }),
  frozen: flag(
    'true: the command never runs; outputs are taken as they are, and missing ones come back from the cache as the lock has them',
  ),
  always_changed: flag('true: runs every time'),
  meta,
};

const matrix: JsonSchema = {
  description:
    'One instance for each combination; `${item.dimension}` is its value. A dimension is a list or `${list}`. Addition to dvc.yaml: beside or inside a foreach, the combinations for each of its items; there a dimension that is null is left out, `${matrix}` is the dimensions alone and `${cell}` their values joined by "-"',
  type: 'object',
  minProperties: 1,
  additionalProperties: { type: ['array', 'string'], minItems: 1, pattern: TEMPLATE_PATTERN },
};

const foreach: JsonSchema = {
  description:
    'A list, a map or `${...}` of either: one instance for each; `${item}` is its value, `${key}` the key in a map. Addition to dvc.yaml: without "do", what stands beside it is the stage',
  type: ['array', 'object', 'string'],
  pattern: TEMPLATE_PATTERN,
};

const stage: JsonSchema = {
  description: 'One step: a command, what it reads and what it writes',
  type: 'object',
  if: { required: ['do'] },
  then: {
    required: ['foreach'],
    additionalProperties: false,
    properties: {
      foreach,
      do: {
        description: 'The stage, once for each item',
        type: 'object',
        required: ['cmd'],
        additionalProperties: false,
        properties: { ...definition, matrix },
      },
    },
  },
  else: {
    required: ['cmd'],
    additionalProperties: false,
    properties: { ...definition, foreach, matrix },
  },
};

/**
 * What pipeline.yaml may say: JSON Schema, draft 2020-12. A file that uses none of the parts marked as additions is a
 * valid dvc.yaml. It checks the form; what needs more than the form (paths, templates, the graph) is checked later.
 */
export const pipelineSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'pipeline.yaml',
  description: 'An experiment as stages, in the vocabulary of dvc.yaml.',
  type: 'object',
  required: ['stages'],
  additionalProperties: false,
  properties: {
    vars: vars(
      'Params files or some of their keys (file:key1,key2), and variables of this file. Addition to dvc.yaml: where the texts `run` and `reports` stand in paths that a stage reads or writes, they say where results go and do not enter fingerprints',
    ),
    params: {
      description:
        'Addition to dvc.yaml: params files laid over those of vars, key by key, unless the command line names others',
      ...strings,
    },
    extension: {
      description:
        'Addition to dvc.yaml: the part of this program, by name, that adds one experiment to the command line: options that set params, checks of `doctor`, reports that `report verify` computes again',
      type: 'string',
      minLength: 1,
    },
    stages: {
      description: 'The steps by name; their order is that of what they read and write',
      type: 'object',
      propertyNames: { pattern: STAGE_NAME_PATTERN, maxLength: 100 },
      additionalProperties: stage,
    },
    metrics: { description: 'Accepted as in dvc.yaml, not used' },
    plots: { description: 'Accepted as in dvc.yaml, not used' },
    datasets: { description: 'Accepted as in dvc.yaml, not used' },
    artifacts: { description: 'Accepted as in dvc.yaml, not used' },
  },
};

/** The schema as the text of a file that editors use for completion. */
export function pipelineSchemaText(): string {
  return `${JSON.stringify(pipelineSchema, null, 2)}\n`;
}
