/**
 * Kills a run of 30 stages at random moments and damages random objects of its cache: npx tsx bench/faults.ts
 * [--kills 200] [--flips 100] [--seed 1]. Prints what was wrong afterwards, which should be nothing, and exits with 1
 * if there was anything.
 */
import { parseArgs } from 'node:util';
import { FaultProject, flipAndRestore, killAndRepeat, seeded } from '../test/e2e/support/faults.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    flips: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
const random = seeded(Number(values.seed));
const project = new FaultProject();
const startedAt = performance.now();
let faults = 0;
const report = (where: string, found: readonly string[]): void => {
  faults += found.length;
  for (const fault of found) process.stdout.write(`${where}: ${fault}\n`);
};
try {
  await project.prepare();
  const wanted = Number(values.kills);
  let runs = 0;
  for (let kills = 0; kills < wanted; runs++) {
    const now = Math.min(wanted - kills, 1 + Math.floor(random() * 3));
    report(`after kill ${kills + 1} to ${kills + now}`, await killAndRepeat(project, random, now));
    kills += now;
    process.stderr.write(`\r${kills} kills, ${faults} faults `);
  }
  const minutes = (): string => ((performance.now() - startedAt) / 60_000).toFixed(1);
  process.stdout.write(`${wanted} kills, ${runs} completed runs, ${faults} faults (${minutes()} min)\n`);
  const flips = Number(values.flips);
  for (let flipped = 0; flipped < flips;) {
    const now = Math.min(10, flips - flipped);
    report(`after flip ${flipped + 1} to ${flipped + now}`, await flipAndRestore(project, random, now));
    flipped += now;
  }
  process.stdout.write(`${flips} flipped bits, ${faults} faults in all (${minutes()} min)\n`);
} finally {
  project.close();
}
process.exitCode = faults > 0 ? 1 : 0;
