import { spawnSync } from 'node:child_process';

/** A question that git could not answer; the message says what was expected and what to do. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** Large enough for the metrics of thousands of instances (bytes). */
const largestAnswer = 1 << 30;

/** Reads what is committed around a project, through the user's own git. Changes nothing. */
export class GitReader {
  readonly #root: string;
  /** The project's directory in the repository: empty, or with a slash at its end. */
  readonly #prefix: string;

  private constructor(root: string, prefix: string) {
    this.#root = root;
    this.#prefix = prefix;
  }

  /** Throws GitError when git is not installed, or the project lies in no repository. */
  static open(root: string): GitReader {
    const answer = git(root, ['rev-parse', '--show-prefix']);
    if (answer.status === 0) return new GitReader(root, answer.stdout.toString().trim());
    const said = answer.stderr.toString();
    if (/not a git repository/i.test(said)) {
      throw new GitError(
        'this project is in no git repository. Run "git init" and commit, or compare with another run (--with).',
      );
    }
    throw new GitError(`git cannot read this repository: ${firstLine(said)}`);
  }

  /** The full hash of a revision. Throws GitError when there is no such revision. */
  commit(revision: string): string {
    const answer = git(this.#root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
    if (answer.status === 0) return answer.stdout.toString().trim();
    const nothingYet = git(this.#root, ['rev-parse', '--verify', '--quiet', 'HEAD']).status !== 0;
    throw new GitError(
      nothingYet
        ? 'this repository has no commit yet. Commit first, then there is something to compare with.'
        : `git knows no revision "${revision}". Branches and tags: "git branch --all", "git tag".`,
    );
  }

  /** Contents of files (paths relative to the project's root) at a commit; files that it does not have are left out. */
  read(commit: string, paths: readonly string[]): ReadonlyMap<string, Buffer> {
    // The protocol is a line for each file; a name with a newline cannot be asked for.
    const asked = paths.filter((path) => !path.includes('\n'));
    if (asked.length === 0) return new Map();
    const input = asked.map((path) => `${commit}:${this.#prefix}${path}\n`).join('');
    const answer = git(this.#root, ['cat-file', '--batch'], input);
    if (answer.status !== 0) throw new GitError(`git cannot read ${commit}: ${firstLine(answer.stderr.toString())}`);
    return parseBatch(answer.stdout, asked);
  }

  /** Names of branches and tags, the newest commits first. */
  names(): readonly string[] {
    const answer = git(this.#root, [
      'for-each-ref',
      '--sort=-creatordate',
      '--format=%(refname:short)',
      'refs/heads',
      'refs/tags',
    ]);
    return answer.status === 0 ? answer.stdout.toString().split('\n').filter(Boolean) : [];
  }

  /** Paths of tracked files that lie at or below a path. */
  tracked(path: string): readonly string[] {
    const answer = git(this.#root, ['ls-files', '-z', '--', `:(literal)${path}`]);
    return answer.status === 0 ? answer.stdout.toString().split('\0').filter(Boolean) : [];
  }

  /** Those of the paths that git ignores. */
  ignored(paths: readonly string[]): ReadonlySet<string> {
    const answer = git(this.#root, ['check-ignore', '-z', '--stdin'], paths.map((path) => `${path}\0`).join(''));
    return new Set(answer.stdout.toString().split('\0').filter(Boolean));
  }
}

/** Git's answers to `cat-file --batch`: for each file a head `<hash> blob <size>` and the content, or `... missing`. */
export function parseBatch(output: Buffer, paths: readonly string[]): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  let at = 0;
  for (const path of paths) {
    const end = output.indexOf('\n', at);
    if (end === -1) break;
    const head = /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString('utf8', at, end));
    at = end + 1;
    if (head === null) continue;
    const size = Number(head[2]);
    if (head[1] === 'blob') found.set(path, output.subarray(at, at + size));
    at += size + 1;
  }
  return found;
}

function git(root: string, args: readonly string[], input?: string): ReturnType<typeof run> {
  const answer = run(root, args, input);
  if (answer.error === undefined) return answer;
  throw new GitError(
    (answer.error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'git is not installed. Install it, or compare with another run (--with).'
      : `git cannot be started: ${answer.error.message}`,
  );
}

function run(root: string, args: readonly string[], input: string | undefined) {
  return spawnSync('git', args, {
    cwd: root,
    maxBuffer: largestAnswer,
    // Messages are compared with English words.
    env: { ...process.env, LC_ALL: 'C' },
    ...(input === undefined ? {} : { input }),
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
