/** Versioned sets of files, as Weights & Biases identifies them. */
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TrackedArtifact } from '../tracker.ts';
import type { ArtifactRecord } from './records.ts';

export interface ArtifactEntry {
  /** Inside the artifact. */
  readonly path: string;
  /** MD5 of the content in base64. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

/** Identifies a version by its content: equal files make the same version. */
export function artifactDigest(entries: readonly Pick<ArtifactEntry, 'path' | 'digest'>[]): string {
  const hash = createHash('md5').update('wandb-artifact-manifest-v1\n');
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { path, digest } of sorted) hash.update(`${path}:${digest}\n`);
  return hash.digest('hex');
}

/**
 * Copies the files of an artifact to `staging`, because what they are now is what is versioned, whenever it is uploaded.
 * A file's name inside the artifact is its base name; two of the same name are an error.
 */
export function stageArtifact(
  staging: string,
  artifact: TrackedArtifact,
  run: Required<Pick<ArtifactRecord, 'run_id' | 'project' | 'entity'>>,
): ArtifactRecord {
  const name = artifact.name.replaceAll(/[^\w.-]/g, '-');
  const directory = join(staging, name);
  mkdirSync(directory, { recursive: true });
  const contents = artifact.files.map((file) => {
    const path = basename(file);
    const local_path = join(directory, path);
    copyFileSync(file, local_path);
    const digest = createHash('md5').update(readFileSync(local_path)).digest('base64');
    return { path, digest, size: statSync(local_path).size, local_path };
  });
  if (new Set(contents.map(({ path }) => path)).size < contents.length) {
    throw new TypeError(`the artifact ${artifact.name} has two files of the same name: ${artifact.files.join(', ')}`);
  }
  return {
    ...run,
    type: artifact.type,
    name,
    digest: artifactDigest(contents),
    metadata: JSON.stringify(artifact.metadata ?? {}),
    aliases: ['latest'],
    manifest: {
      version: 1,
      policy: 'wandb-storage-policy-v1',
      config: [{ key: 'storageLayout', value_json: '"V2"' }],
      contents,
    },
    finalize: true,
    // With these the service recognises a version that is sent twice.
    client_id: randomBytes(64).toString('hex'),
    sequence_client_id: randomBytes(64).toString('hex'),
    digest_algorithm: 'MANIFEST_MD5',
  };
}

/** The manifest file of an artifact, as the service wants it uploaded. */
export function manifestJson({ manifest }: Pick<ArtifactRecord, 'manifest'>): string {
  const contents = (manifest?.contents ?? []).map(({ path, digest, size }) => [path ?? '', { digest, size }] as const);
  return JSON.stringify({
    version: manifest?.version ?? 1,
    storagePolicy: manifest?.policy ?? '',
    storagePolicyConfig: { storageLayout: 'V2' },
    contents: Object.fromEntries([...contents].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
}
