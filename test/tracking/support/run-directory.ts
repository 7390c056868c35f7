import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRecord, type WandbRecord } from '../../../src/tracking/offline/records.ts';
import { WandbLogWriter } from '../../../src/tracking/offline/wandb-log.ts';

export interface WrittenRun {
  readonly id?: string;
  readonly entity?: string;
  readonly remote?: string;
  /** What the run says between its first record and its end. */
  readonly records?: readonly WandbRecord[];
  /** Files by their path in the run's directory. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A finished run as another program, or another person, may have written it. Returns its directory. */
export function writeRun(
  wandb: string,
  { id = 'evil0001', entity, remote, records = [], files = {} }: WrittenRun,
): string {
  const directory = join(wandb, `offline-run-20260102_030405-${id}`);
  mkdirSync(join(directory, 'files'), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  const log = new WandbLogWriter(join(directory, `run-${id}.wandb`));
  const run = {
    run_id: id,
    project: 'faces',
    ...(entity === undefined ? {} : { entity }),
    ...(remote === undefined ? {} : { git: { commit: 'c0ffee', remote_url: remote } }),
  };
  for (const record of [{ run }, ...records, { exit: { exit_code: 0, runtime: 1 } }]) log.append(encodeRecord(record));
  log.close();
  return directory;
}

/** A record that says that a file of the run is to be uploaded. */
export function fileRecord(path: string): WandbRecord {
  return { files: { files: [{ path, policy: 0, type: 0 }] } };
}

/** An artifact `tables` of one file. */
export function artifactRecord(path: string, localPath: string, name = 'tables'): WandbRecord {
  const contents = [{ path, digest: '0123', size: 1, local_path: localPath }];
  return { artifact: { name, type: 'report', client_id: 'c1', digest: 'd', manifest: { version: 1, contents } } };
}
