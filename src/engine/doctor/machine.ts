import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { type Check, note, ok, problem } from './check.ts';

const GiB = 1024 ** 3;

/** The oldest Node the project runs on, and the one that its makers still mend. */
const oldestNode = [20, 19] as const;
const mendedNode = 22;

/** Node by its version, as `process.version` has it. */
export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    const wanted = `${oldestMajor}.${oldestMinor}`;
    return problem(
      'node',
      `${version} is older than ${wanted}`,
      'install Node 22 or 24, for example with "nvm install 24"',
    );
  }
  if (major < mendedNode) {
    return note('node', `${version} works, but gets no more fixes from its makers`, 'install Node 22 or 24');
  }
  return ok('node', version);
}

export function machineCheck(): Check {
  const memory = `${(totalmem() / GiB).toFixed(1)} GiB of memory`;
  return ok('machine', `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${memory}`);
}

/** Free space where the project lies. */
export function diskCheck(root: string): Check {
  const { bavail, bsize, ffree, files } = statfsSync(root);
  return freeSpace(bavail * bsize, files === 0 ? null : ffree);
}

/**
 * @param bytes free space
 * @param files how many more files the file system can hold; null where it has no such limit
 */
export function freeSpace(bytes: number, files: number | null): Check {
  const found = `${(bytes / GiB).toFixed(1)} GiB free`;
  const advice = 'make room: "pipeline gc --dry-run" says what the cache could give back';
  if (bytes < GiB) return problem('disk', found, advice);
  if (files !== null && files < 10_000)
    return problem('disk', `${found}, but room for only ${files} more files`, advice);
  return bytes < 5 * GiB ? note('disk', found, advice) : ok('disk', found);
}

/** How many files a process may hold open: hashing and copying use some dozens, stages their own. */
export function openFilesCheck(): Check {
  // Node raises its own soft limit, so a shell is asked, whose limit stages inherit.
  const answer = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' });
  return openFiles(answer.status === 0 ? answer.stdout.trim() : null);
}

export function openFiles(limit: string | null): Check {
  const name = 'open files';
  if (limit === null) return ok(name, 'this system does not tell its limit');
  if (limit !== 'unlimited' && Number(limit) < 1024) {
    return note(name, `a process may open only ${limit} files`, 'raise the limit: "ulimit -n 4096"');
  }
  return ok(name, limit === 'unlimited' ? 'no limit' : `a process may open ${limit} files`);
}
