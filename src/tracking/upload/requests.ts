/** The GraphQL documents of the service, as its own clients send them, and what we read of the answers. */
import { publicRemote } from '../../base/remote-address.ts';
import type { ArtifactRecord, RunRecord } from '../offline/records.ts';
import { keyOf } from '../offline/records.ts';
import type { WandbClient } from './client.ts';
import { UploadError } from './upload-error.ts';
import { type UploadTarget, uploadTarget } from './upload-target.ts';

/** Where a run is on the service. */
export interface RemoteRun {
  readonly entity: string;
  readonly project: string;
  readonly id: string;
}

const VIEWER = 'query Viewer { viewer { id entity } }';

/** The entity that the key belongs to. */
export async function viewerEntity(client: WandbClient): Promise<string> {
  const data = (await client.graphql('Viewer', VIEWER, {})) as { viewer?: { entity?: string } | null };
  const entity = data.viewer?.entity;
  if (entity !== undefined && entity !== '') return entity;
  throw new UploadError('the service does not know the API key. Check WANDB_API_KEY or ~/.netrc', { transient: false });
}

const UPSERT_BUCKET = `mutation UpsertBucket(
  $name: String, $project: String, $entity: String, $groupName: String, $displayName: String, $notes: String,
  $commit: String, $config: JSONString, $host: String, $repo: String, $jobType: String, $state: String,
  $sweep: String, $tags: [String!], $summaryMetrics: JSONString
) {
  upsertBucket(input: {
    name: $name, modelName: $project, entityName: $entity, groupName: $groupName, displayName: $displayName,
    notes: $notes, commit: $commit, config: $config, host: $host, jobRepo: $repo, jobType: $jobType, state: $state,
    sweep: $sweep, tags: $tags, summaryMetrics: $summaryMetrics
  }) {
    bucket { id name project { name entity { name } } }
    inserted
  }
}`;

/** Creates the run, or finds it again. Returns where the service put it. */
export async function upsertRun(client: WandbClient, run: RunRecord, entity: string): Promise<RemoteRun> {
  const id = run.run_id ?? '';
  const project = run.project ?? 'uncategorized';
  const data = (await client.graphql('UpsertBucket', UPSERT_BUCKET, {
    name: id,
    project,
    entity,
    groupName: run.run_group ?? null,
    displayName: run.display_name ?? null,
    notes: run.notes ?? null,
    commit: run.git?.commit ?? null,
    // Runs of other programs, and old ones of ours, may hold an address with a token in it.
    repo: publicRemote(run.git?.remote_url ?? ''),
    config: configJson(run),
    host: run.host ?? null,
    jobType: run.job_type ?? null,
    sweep: run.sweep_id ?? null,
    tags: run.tags ?? [],
  })) as { upsertBucket?: { bucket?: { project?: { name?: unknown; entity?: { name?: unknown } } } } };
  const place = data.upsertBucket?.bucket?.project;
  return { id, project: textOr(place?.name, project), entity: textOr(place?.entity?.name, entity) };
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** The service wants each value of a config wrapped. */
function configJson({ config }: RunRecord): string {
  const items = config?.update ?? [];
  return `{${items.map((item) => `${JSON.stringify(keyOf(item))}:{"value":${item.value_json ?? 'null'}}`).join(',')}}`;
}

const CREATE_RUN_FILES = `mutation CreateRunFiles($entity: String!, $project: String!, $run: String!, $files: [String!]!) {
  createRunFiles(input: { entityName: $entity, projectName: $project, runName: $run, files: $files }) {
    runID uploadHeaders files { name uploadUrl }
  }
}`;

/** Where to put files of a run. */
export async function createRunFiles(
  client: WandbClient,
  run: RemoteRun,
  files: readonly string[],
): Promise<UploadTarget[]> {
  const { entity, project, id } = run;
  const data = (await client.graphql('CreateRunFiles', CREATE_RUN_FILES, { entity, project, run: id, files })) as {
    createRunFiles?: { uploadHeaders?: unknown; files?: unknown } | null;
  };
  const { uploadHeaders, files: targets } = data.createRunFiles ?? {};
  return listOf(targets).map((item) => {
    const target = item as { readonly name?: unknown; readonly uploadUrl?: unknown } | null;
    return uploadTarget(target?.name, target?.uploadUrl, uploadHeaders);
  });
}

const CREATE_ARTIFACT = `mutation CreateArtifact(
  $entityName: String!, $projectName: String!, $artifactTypeName: String!, $artifactCollectionName: String!,
  $runName: String, $digest: String!, $digestAlgorithm: ArtifactDigestAlgorithm!, $aliases: [ArtifactAliasInput!],
  $metadata: JSONString, $clientID: ID, $sequenceClientID: ID, $enableDigestDeduplication: Boolean
) {
  createArtifact(input: {
    entityName: $entityName, projectName: $projectName, artifactTypeName: $artifactTypeName,
    artifactCollectionName: $artifactCollectionName, runName: $runName, digest: $digest,
    digestAlgorithm: $digestAlgorithm, aliases: $aliases, metadata: $metadata, clientID: $clientID,
    sequenceClientID: $sequenceClientID, enableDigestDeduplication: $enableDigestDeduplication
  }) { artifact { id state } }
}`;

/** Creates a version, or finds the one of equal content. */
export async function createArtifact(
  client: WandbClient,
  run: RemoteRun,
  artifact: ArtifactRecord,
): Promise<{ readonly id: string; readonly committed: boolean }> {
  const name = artifact.name ?? '';
  const data = (await client.graphql('CreateArtifact', CREATE_ARTIFACT, {
    entityName: run.entity,
    projectName: run.project,
    artifactTypeName: artifact.type,
    artifactCollectionName: name,
    runName: run.id,
    digest: artifact.digest,
    digestAlgorithm: 'MANIFEST_MD5',
    aliases: (artifact.aliases ?? []).map((alias) => ({ artifactCollectionName: name, alias })),
    metadata: artifact.metadata ?? '{}',
    clientID: artifact.client_id,
    sequenceClientID: artifact.sequence_client_id,
    enableDigestDeduplication: true,
  })) as { createArtifact?: { artifact?: { id?: string; state?: string } } };
  const { id, state } = data.createArtifact?.artifact ?? {};
  if (id === undefined) throw new UploadError(`the service did not create the artifact ${name}`, { transient: true });
  return { id, committed: state === 'COMMITTED' };
}

const CREATE_ARTIFACT_MANIFEST = `mutation CreateArtifactManifest(
  $artifactID: ID!, $name: String!, $digest: String!, $entityName: String!, $projectName: String!, $runName: String!,
  $includeUpload: Boolean!, $type: ArtifactManifestType = FULL
) {
  createArtifactManifest(input: {
    artifactID: $artifactID, name: $name, digest: $digest, entityName: $entityName, projectName: $projectName,
    runName: $runName, type: $type
  }) {
    artifactManifest {
      id
      file { id name displayName uploadUrl @include(if: $includeUpload) uploadHeaders @include(if: $includeUpload) }
    }
  }
}`;

/** Registers the manifest. `digest` (MD5 in base64) asks also where to put it. */
export async function createArtifactManifest(
  client: WandbClient,
  run: RemoteRun,
  artifactID: string,
  digest: string | null,
): Promise<{ readonly id: string; readonly target: UploadTarget | null }> {
  const data = (await client.graphql('CreateArtifactManifest', CREATE_ARTIFACT_MANIFEST, {
    artifactID,
    name: 'wandb_manifest.json',
    digest: digest ?? '',
    entityName: run.entity,
    projectName: run.project,
    runName: run.id,
    includeUpload: digest !== null,
    type: 'FULL',
  })) as {
    createArtifactManifest?: {
      artifactManifest?: { id?: string; file?: { uploadUrl?: string | null; uploadHeaders?: readonly string[] } };
    };
  };
  const { id = '', file } = data.createArtifactManifest?.artifactManifest ?? {};
  const url = file?.uploadUrl ?? null;
  return { id, target: url === null ? null : uploadTarget('wandb_manifest.json', url, file?.uploadHeaders) };
}

const CREATE_ARTIFACT_FILES = `mutation CreateArtifactFiles(
  $artifactFiles: [CreateArtifactFileSpecInput!]!, $storageLayout: ArtifactStorageLayout!
) {
  createArtifactFiles(input: { artifactFiles: $artifactFiles, storageLayout: $storageLayout }) {
    files { edges { node { id name displayName uploadUrl uploadHeaders } } }
  }
}`;

/** Where to put the files of an artifact; those that the service has already are not among them. */
export async function createArtifactFiles(
  client: WandbClient,
  artifactID: string,
  artifactManifestID: string,
  files: readonly { readonly name: string; readonly md5: string }[],
): Promise<UploadTarget[]> {
  const data = (await client.graphql('CreateArtifactFiles', CREATE_ARTIFACT_FILES, {
    artifactFiles: files.map((file) => ({ ...file, artifactID, artifactManifestID })),
    storageLayout: 'V2',
  })) as { createArtifactFiles?: { files?: { edges?: unknown } | null } | null };
  return listOf(data.createArtifactFiles?.files?.edges).flatMap((edge): UploadTarget[] => {
    const node = (edge as { readonly node?: ArtifactFileNode | null } | null)?.node;
    const { name, displayName, uploadUrl, uploadHeaders } = node ?? {};
    // Without an address the service has the file already.
    return uploadUrl === null ? [] : [uploadTarget(displayName ?? name, uploadUrl, uploadHeaders)];
  });
}

interface ArtifactFileNode {
  readonly name?: unknown;
  readonly displayName?: unknown;
  readonly uploadUrl?: unknown;
  readonly uploadHeaders?: unknown;
}

/** The items of a list in an answer; each may be something else than it should. */
function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const COMMIT_ARTIFACT = `mutation CommitArtifact($artifactID: ID!) {
  commitArtifact(input: { artifactID: $artifactID }) { artifact { id digest } }
}`;

export async function commitArtifact(client: WandbClient, artifactID: string): Promise<void> {
  await client.graphql('CommitArtifact', COMMIT_ARTIFACT, { artifactID });
}
