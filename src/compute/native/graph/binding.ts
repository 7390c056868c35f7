/** The part of tfjs-node's compiled module that its backend calls. Types of tensors and attributes are TensorFlow's numbers. */
export interface Binding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  /** Runs an operation on tensors named by their ids. */
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Output[];
  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  /** Opens the graph in a directory; `tags` is a list with commas. */
  loadSavedModel(directory: string, tags: string): number;
  /** Runs it: `feeds` and `fetches` are lists of `node:output` with commas, `inputs` the ids of the feeds. */
  runSavedModel(model: number, inputs: readonly number[], feeds: string, fetches: string): Output[];
  deleteSavedModel(model: number): void;
}

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What is known of a tensor without its values. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: number;
}

export interface Output extends Spec {
  readonly id: number;
}

export type TensorValues = ArrayLike<number> | readonly string[];

/**
 * Before the name of an operation that changes resources in place: run without their handles, it is given the values
 * they should have before and gives those they have after. TensorFlow knows no such operations, the bindings of this
 * folder do.
 */
export const UPDATE = 'Update:';

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index]);
}
