import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * TensorFlow's protocol messages that make a graph, as tfjs-node brings them (`dist/proto/api_pb.js`, generated code
 * without types). Only what is used here.
 */

export interface Message {
  serializeBinary(): Uint8Array;
}

export interface ShapeMessage extends Message {
  addDim(dim: DimMessage): void;
}
export interface DimMessage extends Message {
  setSize(size: number): void;
}
export interface TensorMessage extends Message {
  setDtype(dtype: number): void;
  setTensorShape(shape: ShapeMessage): void;
  setTensorContent(bytes: Uint8Array): void;
}
export interface ListMessage extends Message {
  setIList(values: readonly number[]): void;
  setFList(values: readonly number[]): void;
  setBList(values: readonly boolean[]): void;
}
export interface AttributeMessage extends Message {
  setS(bytes: Uint8Array): void;
  setI(value: number): void;
  setF(value: number): void;
  setB(value: boolean): void;
  setType(dtype: number): void;
  setShape(shape: ShapeMessage): void;
  setTensor(tensor: TensorMessage): void;
  setList(list: ListMessage): void;
}
export interface NodeMessage extends Message {
  setName(name: string): void;
  setOp(name: string): void;
  addInput(name: string): void;
  getAttrMap(): { set(name: string, value: AttributeMessage): void };
}
export interface VersionsMessage extends Message {
  setProducer(version: number): void;
  setMinConsumer(version: number): void;
}
export interface GraphMessage extends Message {
  addNode(node: NodeMessage): void;
  setVersions(versions: VersionsMessage): void;
}
export interface MetaInfoMessage extends Message {
  addTags(tag: string): void;
}
export interface MetaGraphMessage extends Message {
  setMetaInfoDef(info: MetaInfoMessage): void;
  setGraphDef(graph: GraphMessage): void;
}
export interface SavedModelMessage extends Message {
  setSavedModelSchemaVersion(version: number): void;
  addMetaGraphs(graph: MetaGraphMessage): void;
}

export interface Messages {
  readonly AttrValue: { new (): AttributeMessage; readonly ListValue: new () => ListMessage };
  readonly TensorShape: { new (): ShapeMessage; readonly Dim: new () => DimMessage };
  readonly Tensor: new () => TensorMessage;
  readonly NodeDef: new () => NodeMessage;
  readonly GraphDef: new () => GraphMessage;
  readonly VersionDef: new () => VersionsMessage;
  readonly MetaGraphDef: { new (): MetaGraphMessage; readonly MetaInfoDef: new () => MetaInfoMessage };
  readonly SavedModel: new () => SavedModelMessage;
}

/** Loads them from a native backend's folder: tfjs-node itself, or one that has it among its own packages. */
export function loadMessages(directory: string): Messages {
  const require = createRequire(path.join(directory, 'package.json'));
  const file = 'dist/proto/api_pb.js';
  try {
    return require(`./${file}`) as Messages;
  } catch {
    return require(`@tensorflow/tfjs-node/${file}`) as Messages;
  }
}
