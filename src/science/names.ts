/**
 * The one word list of the paper: BaseNets, methods and expressions by the ids that params, command lines, metrics and
 * file names use, with the titles that tables print. Each list is in the order of the paper's tables. Data only: this
 * file imports nothing, so that anything may import it.
 */

interface Word {
  /** In params, command lines, metrics and names of files. */
  readonly id: string;
  /** In the text of a table or a figure. */
  readonly title: string;
}

/** The BaseNets (§4.3), the rows of Table 1. `row`: the title in Table 3 where that differs. */
export const BASE_NETS = [
  { id: 'AlexNet', title: 'AlexNet' },
  { id: 'VGG11', title: 'VGG11' },
  // Table 3 says VGG and not which: VGG13, the best one of Table 1.
  { id: 'VGG13', title: 'VGG13', row: 'VGG (VGG13)' },
  { id: 'VGG16', title: 'VGG16' },
  { id: 'VGG19', title: 'VGG19' },
  { id: 'ResNet18', title: 'ResNet18' },
  { id: 'ResNet34', title: 'ResNet34' },
  { id: 'ResNet50', title: 'ResNet50' },
] as const satisfies readonly (Word & { readonly row?: string })[];

export type BaseNetName = (typeof BASE_NETS)[number]['id'];

/**
 * The methods that learn from pairs of a weak and a peak picture: the columns of Table 1, then the controls, which are
 * not in the paper. `column`: the title at the head of a column where that differs.
 */
export const PAIR_METHODS = [
  { id: 'cnn', title: 'CNN' },
  { id: 'dcgan', title: 'DCGAN' },
  { id: 'groupgan-1v2', title: 'GroupGAN (1v2)' },
  { id: 'groupgan-2v2', title: 'GroupGAN (2v2)' },
  { id: 'restore', title: 'Restoration', column: 'Restoration (control: G by content alone, not in the paper)' },
  { id: 'cnn-weak+peak', title: 'CNN weak+peak', column: 'CNN weak+peak (control, not in the paper)' },
] as const satisfies readonly (Word & { readonly column?: string })[];

export type PairMethodName = (typeof PAIR_METHODS)[number]['id'];

const DESCRIPTORS = [
  { id: 'lpq', title: 'LPQ' },
  { id: 'lbp', title: 'LBP' },
  { id: 'eoh', title: 'EOH' },
] as const satisfies readonly Word[];

export type DescriptorName = (typeof DESCRIPTORS)[number]['id'];

const STILL_SYSTEMS = [
  { id: 'rn-laf-ada', title: 'RN+LAF+ADA (our reading)' },
  { id: 'scn', title: 'SCN' },
  { id: 'groupgan', title: 'GroupGAN (2v2, perceptual)' },
] as const satisfies readonly Word[];

/** Any BaseNet is a method of stills, too, under its id in lower case. */
export type StillNetName = Lowercase<BaseNetName>;

export type StillMethodName = DescriptorName | StillNetName | (typeof STILL_SYSTEMS)[number]['id'];

/** The methods that learn from single pictures: the rows of Table 3, among them every BaseNet. */
export const STILL_METHODS: readonly { readonly id: StillMethodName; readonly title: string }[] = [
  ...DESCRIPTORS,
  ...BASE_NETS.map((net) => ({ id: stillNetName(net.id), title: 'row' in net ? net.row : net.title })),
  ...STILL_SYSTEMS,
];

/** The method of stills that is this BaseNet: `VGG13` is `vgg13`. */
export function stillNetName(net: BaseNetName): StillNetName {
  return net.toLowerCase() as StillNetName;
}

/** The basic expressions; the names that corpora have for them are translated to these. */
export const EXPRESSIONS = ['anger', 'contempt', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'] as const;

export type MethodName = PairMethodName | StillMethodName;

export const BASE_NET_NAMES: readonly BaseNetName[] = BASE_NETS.map(({ id }) => id);
export const PAIR_METHOD_NAMES: readonly PairMethodName[] = PAIR_METHODS.map(({ id }) => id);
export const STILL_METHOD_NAMES: readonly StillMethodName[] = STILL_METHODS.map(({ id }) => id);

/** Every method, in the order of the tables. */
export const METHOD_NAMES: readonly MethodName[] = [...PAIR_METHOD_NAMES, ...STILL_METHOD_NAMES];

/** Not in the paper: what peaks are worth to a classifier without any synthesis. */
export const CONTROL = 'cnn-weak+peak' satisfies PairMethodName;

/** Not in the paper: what G brings that nothing but the content energy moves, without D, D' and E. */
export const RESTORATION = 'restore' satisfies PairMethodName;

/** The name if it is that of a method; null otherwise. */
export function methodNamed(name: string): MethodName | null {
  return METHOD_NAMES.find((candidate) => candidate === name) ?? null;
}

/** As the text of a table prints the method; a name that is none of ours stands for itself. */
export function methodTitle(method: string): string {
  return [...PAIR_METHODS, ...STILL_METHODS].find(({ id }) => id === method)?.title ?? method;
}

/** As the head of a column prints it, with an explanation where the text has none. */
export function columnTitle(method: string): string {
  const found = PAIR_METHODS.find(({ id }) => id === method);
  return found !== undefined && 'column' in found ? found.column : methodTitle(method);
}
