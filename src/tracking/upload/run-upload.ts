/** Takes one run to the service, step by step; after each, what is acknowledged is on disk. */
import { createHash } from 'node:crypto';
import { manifestJson } from '../offline/artifact.ts';
import type { ArtifactRecord } from '../offline/records.ts';
import type { WandbClient } from './client.ts';
import {
  commitArtifact,
  createArtifact,
  createArtifactFiles,
  createArtifactManifest,
  createRunFiles,
  type RemoteRun,
  upsertRun,
  viewerEntity,
} from './requests.ts';
import type { RunContent } from './run-content.ts';
import { hasRunFile, readArtifactFile, readRunFile } from './run-files.ts';
import { markSynced, readUploadState, type UploadState, writeUploadState } from './upload-state.ts';
import { UploadError } from './upload-error.ts';
import { targetsFor } from './upload-target.ts';

/** Rows in one request. */
const ROWS = 500;
/** The exit code of a run that never said how it ended. */
const CRASHED = 1;

export class RunUpload {
  readonly content: RunContent;
  readonly #client: WandbClient;
  #state: UploadState;
  #summarySent: string | null = null;
  #complete = false;

  constructor(content: RunContent, client: WandbClient) {
    this.content = content;
    this.#client = client;
    this.#state = readUploadState(content.file);
  }

  /** Whether the service has all of it. */
  get complete(): boolean {
    return this.#complete;
  }

  /**
   * Uploads what the run has said so far, and ends it when it is over. `crashed`: nobody writes it any more, so that it
   * is over without an exit record. Returns whether anything was sent. Throws an UploadError.
   */
  async advance({ crashed }: { readonly crashed: boolean }): Promise<boolean> {
    if (this.#complete) return false;
    const { content } = this;
    content.poll();
    if (content.run === null) return false;
    const remote = this.#state.remote ?? (await this.#begin());
    const before = this.#state;
    await this.#sendFiles(remote);
    await this.#sendArtifacts(remote);
    const summarySent = await this.#sendRows(remote);
    const exitCode = content.exitCode ?? (crashed ? CRASHED : null);
    if (exitCode === null) return summarySent || this.#state !== before;
    await this.#client.fileStream(remote, { complete: true, exitcode: exitCode, uploaded: [...this.#state.files] });
    markSynced(content.file);
    this.#complete = true;
    return true;
  }

  async #begin(): Promise<RemoteRun> {
    const { run } = this.content;
    if (run === null) throw new Error('a run begins with its record');
    const entity = run.entity === undefined || run.entity === '' ? await viewerEntity(this.#client) : run.entity;
    const remote = await upsertRun(this.#client, run, entity);
    this.#save({ remote });
    return remote;
  }

  #save(change: Partial<UploadState>): void {
    this.#state = { ...this.#state, ...change };
    writeUploadState(this.content.file, this.#state);
  }

  /** Rows by their absolute place, so that a row sent twice is there once; the summary beside them when it changed. */
  async #sendRows(remote: RemoteRun): Promise<boolean> {
    const { rows, summary } = this.content;
    let sent = false;
    while (this.#state.rows < rows.length || this.#summarySent !== summary) {
      const offset = this.#state.rows;
      const part = rows.slice(offset, offset + ROWS);
      const history = part.length === 0 ? {} : { 'wandb-history.jsonl': { offset, content: part } };
      const files = { ...history, 'wandb-summary.json': { offset: 0, content: [summary] } };
      await this.#client.fileStream(remote, { files });
      this.#summarySent = summary;
      if (part.length > 0) this.#save({ rows: offset + part.length });
      sent = true;
    }
    return sent;
  }

  async #sendFiles(remote: RemoteRun): Promise<void> {
    const { files, directory } = this.content;
    const waiting = [...files].filter((name) => !this.#state.files.includes(name) && hasRunFile(directory, name));
    if (waiting.length === 0) return;
    const targets = targetsFor(waiting, await createRunFiles(this.#client, remote, waiting), 'CreateRunFiles');
    for (const name of waiting) {
      const target = targets.get(name);
      if (target === undefined) {
        throw new UploadError(`the service does not say where to put files/${name}`, { transient: true });
      }
      await this.#client.put(target.url, target.headers, readRunFile(directory, name));
      this.#save({ files: [...this.#state.files, name] });
    }
  }

  async #sendArtifacts(remote: RemoteRun): Promise<void> {
    for (const artifact of this.content.artifacts) {
      const id = artifact.client_id ?? '';
      if (this.#state.artifacts.includes(id)) continue;
      await this.#sendArtifact(remote, artifact);
      this.#save({ artifacts: [...this.#state.artifacts, id] });
    }
  }

  async #sendArtifact(remote: RemoteRun, artifact: ArtifactRecord): Promise<void> {
    const client = this.#client;
    const { id, committed } = await createArtifact(client, remote, artifact);
    if (committed) return;
    const manifest = await createArtifactManifest(client, remote, id, null);
    const contents = artifact.manifest?.contents ?? [];
    const specs = contents.map(({ path, digest }) => ({ name: path ?? '', md5: digest ?? '' }));
    const targets = await createArtifactFiles(client, id, manifest.id, specs);
    const names = specs.map(({ name }) => name);
    for (const [name, { url, headers }] of targetsFor(names, targets, 'CreateArtifactFiles')) {
      const recorded = contents.find(({ path }) => path === name)?.local_path ?? '';
      await client.put(
        url,
        headers,
        readArtifactFile(this.content.directory, artifact.name ?? '', { path: name, recorded }),
      );
    }
    const text = Buffer.from(manifestJson(artifact));
    const digest = createHash('md5').update(text).digest('base64');
    const { target } = await createArtifactManifest(client, remote, id, digest);
    if (target !== null) await client.put(target.url, target.headers, text);
    await commitArtifact(client, id);
  }
}
