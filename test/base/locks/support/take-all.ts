/** Takes as many of the locks as it can, says which, and keeps them until it is killed. */
import type { LockKey } from '../../../../src/base/locks/lock-folders.ts';
import { ProcessLocks } from '../../../../src/base/locks/process-locks.ts';

const [root, ...keys] = process.argv.slice(2) as [string, ...LockKey[]];
const locks = ProcessLocks.open(root);
const won = keys.filter((key) => locks.tryLock(key) === null);
process.stdout.write(`${won.join(' ')}\n`);
process.stdin.resume();
