import { type BigIntStats, statfsSync } from 'node:fs';
import { ArtifactError } from '../../files/artifact-error.ts';

/** File systems whose files the kernel makes up when they are read: proc, sysfs, debugfs, tracefs, cgroup and cgroup2. */
const magic: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x27e0eb, 0x63677270]);

/** Devices (of a stat) to whether they hold such files: asked once each. */
const known = new Map<bigint, boolean>();

/**
 * Throws ArtifactError for a file of the kernel: its size and times say nothing of its content, so that a change would
 * pass unseen, and some never end.
 */
export function refuseKernelFile(shown: string, absolute: string, { dev }: BigIntStats): void {
  let isKernels = known.get(dev);
  if (isKernels === undefined) {
    isKernels = isOnKernelFileSystem(absolute);
    known.set(dev, isKernels);
  }
  if (!isKernels) return;
  throw new ArtifactError(
    `${shown} is a file of the kernel: nothing tells when its content changes. ` +
      'Let a stage write what it needs of it into a file, and make that the input.',
  );
}

function isOnKernelFileSystem(absolute: string): boolean {
  try {
    return magic.has(statfsSync(absolute).type);
  } catch {
    return false;
  }
}
