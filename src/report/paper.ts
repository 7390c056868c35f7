import { BASE_NET_NAMES, CONTROL, PAIR_METHOD_NAMES, RESTORATION } from '../science/names.ts';

/** The paper's published numbers (Niu et al., Knowledge-Based Systems 251, 109304, 2022), to print beside ours. */

/** Rows of Table 1. */
export const PAPER_NETS: readonly string[] = BASE_NET_NAMES;

/** Columns of Table 1 as the paper orders them: all methods of pairs but the control. */
export const PAPER_METHODS: readonly string[] = PAIR_METHOD_NAMES.filter((id) => id !== CONTROL && id !== RESTORATION);

/** Table 1: average accuracy (%), mix of CK+ and Oulu-CASIA, 5 folds; columns as in PAPER_METHODS. */
const TABLE_1: Readonly<Record<string, readonly number[]>> = {
  AlexNet: [62.61, 63.29, 63.74, 67.12],
  VGG11: [64.64, 65.77, 66.22, 68.02],
  VGG13: [64.86, 66.67, 67.34, 70.05],
  VGG16: [63.74, 64.86, 65.55, 68.69],
  VGG19: [61.26, 62.61, 63.74, 64.19],
  ResNet18: [59.91, 60.14, 60.81, 62.61],
  ResNet34: [58.58, 59.47, 59.92, 62.21],
  ResNet50: [57.85, 58.32, 58.25, 61.89],
};

/** The paper's accuracy (%) for a cell of Table 1, or null where the paper has no such cell. */
export function paperAccuracy(net: string, method: string): number | null {
  const column = PAPER_METHODS.findIndex((name) => name === method);
  return TABLE_1[net]?.[column] ?? null;
}

/** Table 2: confusion matrix, rows and columns An Di Fe Ha Sa Su, row percentages as printed. */
export const PAPER_CONFUSION: readonly (readonly number[])[] = [
  [71.4, 10.1, 8.6, 2.7, 5.4, 1.8],
  [17.4, 62.1, 4.2, 5.2, 9.3, 1.8],
  [4.5, 5.4, 65.6, 6.9, 15.2, 2.4],
  [16.3, 2.4, 3.6, 67.4, 3.9, 6.4],
  [15.5, 10.3, 5.2, 3.3, 58.5, 7.2],
  [4.2, 8.2, 2.4, 12.6, 3.3, 69.3],
];

/** The classes of Table 2 in the paper's order. */
export const PAPER_CLASSES = ['anger', 'disgust', 'fear', 'happiness', 'sadness', 'surprise'] as const;

/** Table 3: average accuracy (%) on LSEMSW, by our names of the methods and in the paper's order. */
export const PAPER_TABLE_3: Readonly<Record<string, number>> = {
  lpq: 10.86,
  lbp: 10.53,
  eoh: 13.47,
  alexnet: 26.77,
  vgg13: 28.07,
  resnet18: 33.47,
  'rn-laf-ada': 36.72,
  scn: 36.85,
  groupgan: 37.17,
};
