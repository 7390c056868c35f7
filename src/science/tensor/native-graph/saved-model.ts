import { type Attribute, type Binding, type Spec, UPDATE } from './binding.ts';
import type { AttributeMessage, Messages, NodeMessage, ShapeMessage, TensorMessage } from './messages.ts';
import { type ConstantEvent, type Event, FEED, type OperationEvent, type Recording, type Source } from './segment.ts';

/** The tag under which the one graph of a saved model is found. */
export const TAG = 'serve';

/** A graph in the form that tfjs-node can open, and how to run it. */
export interface SavedModel {
  /** The file `saved_model.pb`. */
  readonly bytes: Uint8Array;
  /** `node:output`, with commas, in the order of the recording. */
  readonly feeds: string;
  readonly fetches: string;
}

type NamedAttribute = readonly [name: string, value: AttributeMessage];

/** Makes a graph of what was recorded: a node for each event, a placeholder for each feed. */
export function savedModel(recording: Recording, messages: Messages, binding: Binding): SavedModel {
  const writer = new GraphWriter(messages, binding);
  const nodes = [
    ...recording.feeds.map(({ spec }, index) => writer.placeholder(feedName(index), spec)),
    ...recording.events.flatMap((event, index) => writer.event(event, index, recording.events)),
  ];
  const list = (names: readonly string[]): string =>
    names.map((name) => (name.includes(':') ? name : `${name}:0`)).join();
  return {
    bytes: writer.file(nodes),
    feeds: list(recording.feeds.map((_, index) => feedName(index))),
    fetches: list(recording.fetches.map((source) => reference(source, recording.events))),
  };
}

const feedName = (index: number): string => `feed_${index}`;
const nodeName = (index: number): string => `node_${index}`;

/** How a node names an operand. */
function reference({ event, output }: Source, events: readonly Event[]): string {
  if (event === FEED) return feedName(output);
  const made = events[event];
  if (made?.kind === 'operation' && made.name.startsWith(UPDATE)) return `${nodeName(event)}_read_${output}`;
  return output === 0 ? nodeName(event) : `${nodeName(event)}:${output}`;
}

class GraphWriter {
  readonly #messages: Messages;
  readonly #binding: Binding;

  constructor(messages: Messages, binding: Binding) {
    this.#messages = messages;
    this.#binding = binding;
  }

  placeholder(name: string, { shape, dtype }: Spec): NodeMessage {
    return this.#node(name, 'Placeholder', [], [
      ['dtype', this.#attribute((value) => value.setType(dtype))],
      ['shape', this.#attribute((value) => value.setShape(this.#shape(shape)))],
    ]); // prettier-ignore
  }

  event(event: Event, index: number, events: readonly Event[]): NodeMessage[] {
    if (event.kind === 'constant') return [this.#constant(nodeName(index), event)];
    const inputs = event.inputs.map((source) => reference(source, events));
    if (event.name.startsWith(UPDATE)) return this.#update(nodeName(index), event, inputs);
    return [
      this.#node(
        nodeName(index),
        event.name,
        inputs,
        event.attributes.map((given) => this.#given(given)),
      ),
    ];
  }

  file(nodes: readonly NodeMessage[]): Uint8Array {
    const { GraphDef, VersionDef, MetaGraphDef, SavedModel } = this.#messages;
    const versions = new VersionDef();
    // TensorFlow 2.x; graphs of all its versions can be read by later ones.
    versions.setProducer(1000);
    versions.setMinConsumer(12);
    const graph = new GraphDef();
    for (const node of nodes) graph.addNode(node);
    graph.setVersions(versions);
    const info = new MetaGraphDef.MetaInfoDef();
    info.addTags(TAG);
    const meta = new MetaGraphDef();
    meta.setMetaInfoDef(info);
    meta.setGraphDef(graph);
    const model = new SavedModel();
    model.setSavedModelSchemaVersion(1);
    model.addMetaGraphs(meta);
    return model.serializeBinary();
  }

  /**
   * An operation that changes resources: they are given their values, changed, and read, in this order. Each has
   * resources of its own, so that they need not wait for each other.
   */
  #update(name: string, event: OperationEvent, inputs: readonly string[]): NodeMessage[] {
    const states = event.outputs.map((spec, index) => {
      const dtype: NamedAttribute = ['dtype', this.#attribute((value) => value.setType(spec.dtype))];
      return {
        spec,
        dtype,
        handle: `${name}_state_${index}`,
        set: `${name}_set_${index}`,
        read: `${name}_read_${index}`,
      };
    });
    const handles = states.map(({ handle }) => handle);
    return [
      ...states.flatMap(({ spec, dtype, handle, set }, index) => [
        this.#node(handle, 'VarHandleOp', [], [
          dtype,
          ['shape', this.#attribute((value) => value.setShape(this.#shape(spec.shape)))],
          ['shared_name', this.#attribute((value) => value.setS(Buffer.from(handle)))],
        ]),
        this.#node(set, 'AssignVariableOp', [handle, inputs[index] as string], [dtype]),
      ]),
      this.#node(
        name,
        event.name.slice(UPDATE.length),
        [...handles, ...inputs.slice(states.length), ...states.map(({ set }) => `^${set}`)],
        event.attributes.map((given) => this.#given(given)),
      ),
      ...states.map(({ dtype, handle, read }) => this.#node(read, 'ReadVariableOp', [handle, `^${name}`], [dtype])),
    ]; // prettier-ignore
  }

  #constant(name: string, { spec, values }: ConstantEvent): NodeMessage {
    return this.#node(name, 'Const', [], [
      ['dtype', this.#attribute((value) => value.setType(spec.dtype))],
      ['value', this.#attribute((value) => value.setTensor(this.#tensor(spec, values)))],
    ]); // prettier-ignore
  }

  #tensor({ shape, dtype }: Spec, values: readonly number[]): TensorMessage {
    const tensor = new this.#messages.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(this.#shape(shape));
    // Whole numbers of 64 bits come as pairs of 32.
    const content = dtype === this.#binding.TF_BOOL ? Uint8Array.from(values) : Int32Array.from(values);
    tensor.setTensorContent(new Uint8Array(content.buffer));
    return tensor;
  }

  #given({ name, type, value }: Attribute): NamedAttribute {
    const { TF_ATTR_STRING, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_TYPE, TF_ATTR_SHAPE } = this.#binding;
    const isList = Array.isArray(value);
    const attribute = this.#attribute((message) => {
      // The module that runs operations takes them by these types, too; it has checked what belongs to which.
      if (type === TF_ATTR_STRING) message.setS(Buffer.from(value as string));
      else if (type === TF_ATTR_TYPE) message.setType(value as number);
      else if (type === TF_ATTR_SHAPE) message.setShape(this.#shape(value as number[]));
      else if (type === TF_ATTR_INT && !isList) message.setI(value as number);
      else if (type === TF_ATTR_FLOAT && !isList) message.setF(value as number);
      else if (type === TF_ATTR_BOOL && !isList) message.setB(value as boolean);
      else {
        const list = new this.#messages.AttrValue.ListValue();
        if (type === TF_ATTR_INT) list.setIList(value as number[]);
        else if (type === TF_ATTR_FLOAT) list.setFList(value as number[]);
        else if (type === TF_ATTR_BOOL) list.setBList(value as boolean[]);
        else throw new Error(`an attribute ${name} of the unknown type ${type}`);
        message.setList(list);
      }
    });
    return [name, attribute];
  }

  #attribute(set: (message: AttributeMessage) => void): AttributeMessage {
    const message = new this.#messages.AttrValue();
    set(message);
    return message;
  }

  #shape(sizes: readonly number[]): ShapeMessage {
    const { TensorShape } = this.#messages;
    const shape = new TensorShape();
    for (const size of sizes) {
      const dim = new TensorShape.Dim();
      dim.setSize(size);
      shape.addDim(dim);
    }
    return shape;
  }

  #node(name: string, op: string, inputs: readonly string[], attributes: readonly NamedAttribute[]): NodeMessage {
    const node = new this.#messages.NodeDef();
    node.setName(name);
    node.setOp(op);
    for (const input of inputs) node.addInput(input);
    const map = node.getAttrMap();
    for (const [key, value] of attributes) map.set(key, value);
    return node;
  }
}
