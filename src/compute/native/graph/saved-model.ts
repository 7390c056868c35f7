import { type Attribute, type Binding, type Spec, UPDATE } from './binding.ts';
import type { AttributeMessage, Messages, NodeMessage, ShapeMessage, TensorMessage } from './messages.ts';
import { type Event, FEED, type OperationEvent, type Recording, type Source, type State } from './segment.ts';

/** The tag under which the one graph of a saved model is found. */
export const TAG = 'serve';

/** A graph in the form that tfjs-node can open, and the names of what it can be fed with and asked for. */
export interface SavedModel {
  /** The file `saved_model.pb`. */
  readonly bytes: Uint8Array;
  /** One for each feed of the recording. */
  readonly feeds: readonly string[];
  /** One for each fetch that is no state. */
  readonly fetches: readonly string[];
  /** One for each state. */
  readonly states: readonly StateNames[];
  /** To be fetched with each step, so that all states are changed: a number of no meaning. */
  readonly done: string;
}

export interface StateNames {
  /** To be fetched, with its feed: sets the state. A number of no meaning. */
  readonly set: string;
  /** The state's value, when no step is running. */
  readonly value: string;
}

type NamedAttribute = readonly [name: string, value: AttributeMessage];

interface Node {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly attributes: readonly NamedAttribute[];
}

/** TensorFlow 2's graphs, which all of its later versions read. */
const PRODUCER = 1000;
const OLDEST_CONSUMER = 12;

/**
 * Makes a graph of what was recorded: a node for each event and a placeholder for each feed. A state is a resource
 * that stays in TensorFlow from step to step: it is read in place of its feed, and changed in place as soon as all that
 * need its value before are done.
 */
export function savedModel(recording: Recording, messages: Messages, binding: Binding): SavedModel {
  const graph = new GraphWriter(recording, new AttributeWriter(messages, binding));
  const { fetches, states, feeds } = recording;
  const results = new Set(states.map(({ result }) => result));
  return {
    bytes: file(graph.nodes(), messages),
    feeds: feeds.map((_, index) => `feed_${index}:0`),
    fetches: fetches.filter((source) => !results.has(source)).map((source) => outputOf(graph.reference(source))),
    states: states.map((_, index) => ({ set: `state_${index}_ready:0`, value: `state_${index}_before:0` })),
    done: 'done:0',
  };
}

const outputOf = (reference: string): string => (reference.includes(':') ? reference : `${reference}:0`);
const nodeName = (index: number): string => `node_${index}`;

class GraphWriter {
  readonly #recording: Recording;
  readonly #attributes: AttributeWriter;
  /** Numbers of the states, by feed and by result. */
  readonly #stateOfFeed: ReadonlyMap<number, number>;
  readonly #stateOfResult: ReadonlyMap<Source, number>;

  constructor(recording: Recording, attributes: AttributeWriter) {
    this.#recording = recording;
    this.#attributes = attributes;
    this.#stateOfFeed = new Map(recording.states.map(({ feed }, index) => [feed, index]));
    this.#stateOfResult = new Map(recording.states.map(({ result }, index) => [result, index]));
  }

  nodes(): Node[] {
    const { feeds, events, states } = this.#recording;
    const nodes = [
      ...feeds.map(({ spec }, index) => this.#placeholder(`feed_${index}`, spec)),
      ...states.flatMap((state, index) => this.#state(state, index)),
      ...events.flatMap((event, index) => this.#event(event, nodeName(index))),
    ];
    const updates = [...new Set(states.map(({ result }) => nodeName(result.event)))];
    return [...this.#afterReaders(nodes), this.#signal('done', updates)];
  }

  /** How a node names an operand. */
  reference(source: Source): string {
    const { event, output } = source;
    if (event === FEED) {
      const state = this.#stateOfFeed.get(output);
      return state === undefined ? `feed_${output}` : `state_${state}_before`;
    }
    const made = this.#recording.events[event];
    if (made?.kind === 'operation' && made.name.startsWith(UPDATE)) return `${nodeName(event)}_after_${output}`;
    return output === 0 ? nodeName(event) : `${nodeName(event)}:${output}`;
  }

  #placeholder(name: string, { shape, dtype }: Spec): Node {
    const attributes = [this.#attributes.type('dtype', dtype), this.#attributes.shape('shape', shape)];
    return { name, operation: 'Placeholder', inputs: [], attributes };
  }

  /** A number that is there when the given nodes are done. */
  #signal(name: string, after: readonly string[]): Node {
    return { ...this.#constant(name, { shape: [], dtype: this.#attributes.int32 }, [0]), inputs: after.map((node) => `^${node}`) }; // prettier-ignore
  }

  #state({ feed }: State, index: number): Node[] {
    const name = `state_${index}`;
    const { spec } = this.#recording.feeds[feed] as { spec: Spec };
    return [
      this.#resource(name, spec),
      this.#copy(`${name}_copy`, `feed_${feed}`, spec),
      this.#assign(`${name}_set`, name, `${name}_copy`, spec),
      this.#signal(`${name}_ready`, [`${name}_set`]),
      this.#read(`${name}_before`, name, spec),
    ];
  }

  #event(event: Event, name: string): Node[] {
    if (event.kind === 'constant') return [this.#constant(name, event.spec, event.values)];
    const inputs = event.inputs.map((source) => this.reference(source));
    if (event.name.startsWith(UPDATE)) return this.#update(name, event, inputs);
    const attributes = event.attributes.map((given) => this.#attributes.given(given));
    return [{ name, operation: event.name, inputs, attributes }];
  }

  /**
   * An operation that changes resources. One of them that is no state is given its value, changed, and read; each
   * has a resource of its own, so that updates need not wait for each other.
   */
  #update(name: string, event: OperationEvent, inputs: readonly string[]): Node[] {
    const resources = event.makes.map((result, index) => {
      const state = this.#stateOfResult.get(result);
      const spec = event.outputs[index] as Spec;
      if (state !== undefined) return { handle: `state_${state}`, spec, nodes: [], after: [] };
      const handle = `${name}_resource_${index}`;
      const set = this.#assign(`${handle}_set`, handle, inputs[index] as string, spec);
      return { handle, spec, nodes: [this.#resource(handle, spec), set], after: [`^${set.name}`] };
    });
    return [
      ...resources.flatMap(({ nodes }) => nodes),
      {
        name,
        operation: event.name.slice(UPDATE.length),
        inputs: [
          ...resources.map(({ handle }) => handle),
          ...inputs.slice(resources.length),
          ...resources.flatMap(({ after }) => after),
        ],
        attributes: event.attributes.map((given) => this.#attributes.given(given)),
      },
      ...resources.map(({ handle, spec }, index) => this.#read(`${name}_after_${index}`, handle, spec, name)),
    ];
  }

  /** Lets each update of states wait for all that read their values before. */
  #afterReaders(nodes: readonly Node[]): Node[] {
    const readers = new Map<string, string[]>();
    for (const { name, inputs } of nodes) {
      for (const input of inputs) readers.set(input, [...(readers.get(input) ?? []), name]);
    }
    const waitsFor = new Map<string, Set<string>>();
    this.#recording.states.forEach(({ result }, index) => {
      const update = nodeName(result.event);
      const others = (readers.get(`state_${index}_before`) ?? []).filter((reader) => reader !== update);
      waitsFor.set(update, new Set([...(waitsFor.get(update) ?? []), ...others]));
    });
    return nodes.map((node) => ({
      ...node,
      inputs: [...node.inputs, ...[...(waitsFor.get(node.name) ?? [])].map((reader) => `^${reader}`)],
    }));
  }

  #resource(name: string, { shape, dtype }: Spec): Node {
    const attributes = [
      this.#attributes.type('dtype', dtype),
      this.#attributes.shape('shape', shape),
      this.#attributes.text('shared_name', name),
    ];
    return { name, operation: 'VarHandleOp', inputs: [], attributes };
  }

  /**
   * Memory of its own. A tensor may lie in an array of JavaScript, which must neither change nor be let go of by
   * another thread.
   */
  #copy(name: string, value: string, { dtype }: Spec): Node {
    return { name, operation: 'DeepCopy', inputs: [value], attributes: [this.#attributes.type('T', dtype)] };
  }

  #assign(name: string, resource: string, value: string, { dtype }: Spec): Node {
    const attributes = [this.#attributes.type('dtype', dtype)];
    return { name, operation: 'AssignVariableOp', inputs: [resource, value], attributes };
  }

  #read(name: string, resource: string, { dtype }: Spec, after?: string): Node {
    const inputs = after === undefined ? [resource] : [resource, `^${after}`];
    return { name, operation: 'ReadVariableOp', inputs, attributes: [this.#attributes.type('dtype', dtype)] };
  }

  #constant(name: string, spec: Spec, values: readonly number[]): Node {
    const attributes = [this.#attributes.type('dtype', spec.dtype), this.#attributes.tensor('value', spec, values)];
    return { name, operation: 'Const', inputs: [], attributes };
  }
}

class AttributeWriter {
  readonly #messages: Messages;
  readonly #binding: Binding;

  constructor(messages: Messages, binding: Binding) {
    this.#messages = messages;
    this.#binding = binding;
  }

  get int32(): number {
    return this.#binding.TF_INT32;
  }

  type(name: string, dtype: number): NamedAttribute {
    return this.#attribute(name, (message) => message.setType(dtype));
  }

  text(name: string, value: string): NamedAttribute {
    return this.#attribute(name, (message) => message.setS(Buffer.from(value)));
  }

  shape(name: string, sizes: readonly number[]): NamedAttribute {
    return this.#attribute(name, (message) => message.setShape(this.#shape(sizes)));
  }

  tensor(name: string, { shape, dtype }: Spec, values: readonly number[]): NamedAttribute {
    const tensor: TensorMessage = new this.#messages.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(this.#shape(shape));
    // Whole numbers of 64 bits come as pairs of 32.
    const content = dtype === this.#binding.TF_BOOL ? Uint8Array.from(values) : Int32Array.from(values);
    tensor.setTensorContent(new Uint8Array(content.buffer));
    return this.#attribute(name, (message) => message.setTensor(tensor));
  }

  /** An attribute as the module that runs single operations takes it; it has checked that type and value agree. */
  given({ name, type, value }: Attribute): NamedAttribute {
    const { TF_ATTR_STRING, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_TYPE, TF_ATTR_SHAPE } = this.#binding;
    const isList = Array.isArray(value);
    switch (type) {
      case TF_ATTR_STRING:
        return this.text(name, value as string);
      case TF_ATTR_TYPE:
        return this.type(name, value as number);
      case TF_ATTR_SHAPE:
        return this.shape(name, value as readonly number[]);
      case TF_ATTR_INT:
        if (!isList) return this.#attribute(name, (message) => message.setI(value as number));
        return this.#list(name, (list) => list.setIList(value as number[]));
      case TF_ATTR_FLOAT:
        if (!isList) return this.#attribute(name, (message) => message.setF(value as number));
        return this.#list(name, (list) => list.setFList(value as number[]));
      case TF_ATTR_BOOL:
        if (!isList) return this.#attribute(name, (message) => message.setB(value as boolean));
        return this.#list(name, (list) => list.setBList(value as boolean[]));
      default:
        throw new Error(`an attribute ${name} of the unknown type ${type}`);
    }
  }

  #list(name: string, set: (list: InstanceType<Messages['AttrValue']['ListValue']>) => void): NamedAttribute {
    const list = new this.#messages.AttrValue.ListValue();
    set(list);
    return this.#attribute(name, (message) => message.setList(list));
  }

  #attribute(name: string, set: (message: AttributeMessage) => void): NamedAttribute {
    const message = new this.#messages.AttrValue();
    set(message);
    return [name, message];
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
}

function file(nodes: readonly Node[], messages: Messages): Uint8Array {
  const { GraphDef, VersionDef, MetaGraphDef, SavedModel } = messages;
  const versions = new VersionDef();
  versions.setProducer(PRODUCER);
  versions.setMinConsumer(OLDEST_CONSUMER);
  const graph = new GraphDef();
  for (const node of nodes) graph.addNode(nodeMessage(node, messages));
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

function nodeMessage({ name, operation, inputs, attributes }: Node, { NodeDef }: Messages): NodeMessage {
  const node = new NodeDef();
  node.setName(name);
  node.setOp(operation);
  for (const input of inputs) node.addInput(input);
  const map = node.getAttrMap();
  for (const [key, value] of attributes) map.set(key, value);
  return node;
}
