import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { filesBelow, sha256Of } from './digests.ts';
import type { Variant } from './release.ts';

/** What an installation says about itself, in its file `receipt.json`; written last. */
export interface Receipt {
  readonly variant: Variant;
  /** `wheel`: compiled against TensorFlow's wheel; `prebuilt`: as tfjs-node's own install script downloads it. */
  readonly source: 'wheel' | 'prebuilt';
  /** Version of tfjs-node. */
  readonly tfjs: string;
  /** Version of TensorFlow; null where the prebuilt package decides. */
  readonly tensorflow: string | null;
  /** The archives it was made from: file name and SHA-256. */
  readonly archives: Readonly<Record<string, string>>;
  /** First line of the compiler's `--version`; null when nothing was compiled. */
  readonly compiler: string | null;
  /** Every other file of the installation: SHA-256 and bytes. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
}

const FILE = 'receipt.json';

/** Describes the files of a finished installation. */
export async function writeReceipt(folder: string, about: Omit<Receipt, 'files'>): Promise<Receipt> {
  const files: Record<string, { sha256: string; bytes: number }> = {};
  for (const name of filesBelow(folder)) {
    const file = path.join(folder, name);
    files[name] = { sha256: await sha256Of(file), bytes: statSync(file).size };
  }
  const receipt: Receipt = { ...about, files };
  writeFileAtomic(path.join(folder, FILE), `${JSON.stringify(receipt, null, 2)}\n`, { durable: true });
  return receipt;
}

/** Null when there is no installation, or one without a readable receipt. */
export function readReceipt(folder: string): Receipt | null {
  try {
    const receipt = JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')) as Receipt | null;
    return typeof receipt?.files === 'object' && typeof receipt.source === 'string' ? receipt : null;
  } catch {
    return null;
  }
}

/** What is wrong with an installation, as a clause; null when every file is what it was. */
export async function damageOf(folder: string, receipt: Receipt): Promise<string | null> {
  for (const [name, { sha256, bytes }] of Object.entries(receipt.files)) {
    const file = path.join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return `${name} is missing`;
    if (stat.size !== bytes || (await sha256Of(file)) !== sha256) return `${name} has changed`;
  }
  return null;
}

/** Bytes that an installation takes. */
export function sizeOf(receipt: Receipt): number {
  return Object.values(receipt.files).reduce((sum, { bytes }) => sum + bytes, 0);
}
