import { type Command, InvalidArgumentError } from 'commander';
import { bytesExamples, parseBytes } from '../../base/bytes.ts';
import type { GcOptions } from './gc.ts';
import { addExample, addExamples, addProjectOptions, type CommandLine } from '../options.ts';
import type { TransferOptions } from './transfer.ts';
import type { UnlockOptions } from './unlock.ts';

/** Commands about what the project keeps for itself: what goes, what is shared, who holds it. Each loads its code when it is called. */
export function addCacheCommands(program: Command, line: CommandLine): void {
  const { extensions, done } = line;
  const gcCommand = program
    .command('gc')
    .description('remove from the cache what no lock file (workspace, branches, tags, stash) and no recent run needs')
    .option('--older-than <age>', 'only what is older, such as 30d, 12h or 0d (default: 30d, with --max-size 0d)', age)
    .option('--max-size <size>', 'only until the cache is no larger, such as 20GB, the oldest first', bytes)
    .option('-n, --dry-run', 'say what would go, and remove nothing')
    .option('--json', 'one JSON document')
    .action(async (options: GcOptions) => {
      const { gc } = await import('./gc.ts');
      done(gc(options));
    });

  addExample(gcCommand, 'gc --max-size 20GB --dry-run');

  for (const name of ['push', 'pull'] as const) {
    const command = program
      .command(name)
      .description(
        name === 'push'
          ? 'copy what the lock file refers to into the remote (cache.remote of the machine settings)'
          : 'fetch what the lock file refers to from the remote, and put missing outputs in place',
      )
      .option('--json', 'one JSON document')
      .action(async (options: TransferOptions) => {
        const transfer = await import('./transfer.ts');
        done(await transfer[name]({ ...options, extensions }));
      });
    if (name === 'push') command.option('--verify', 'read all that is in the remote, also what was found right before');
    addExamples(addProjectOptions(command, line), extensions, `${name} --params params/small.yaml`);
  }

  const unlockCommand = program
    .command('unlock')
    .description('list who holds locks here, and remove those of dead processes')
    .argument('[holder...]', 'only these: ids, process numbers or hosts')
    .option('--force', 'also those that cannot be asked; one that lives here only when its whole id is given')
    .option('-n, --dry-run', 'say what would go, and remove nothing')
    .option('--json', 'one JSON document')
    .action(async (names: readonly string[], options: UnlockOptions) => {
      const { unlock } = await import('./unlock.ts');
      done(unlock(names, options));
    });
  addExample(unlockCommand, 'unlock --dry-run', 'unlock --force old-container');
}

/** `30d` as ms. */
function age(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([dhms])$/.exec(text);
  const unit = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 }[match?.[2] ?? ''];
  if (match !== null && unit !== undefined) return Number(match[1]) * unit;
  throw new InvalidArgumentError('Expected a number with a unit: 30d, 12h, 90m or 45s.');
}

function bytes(text: string): number {
  const value = parseBytes(text);
  if (value !== null) return value;
  throw new InvalidArgumentError(`Expected a size: ${bytesExamples}.`);
}
