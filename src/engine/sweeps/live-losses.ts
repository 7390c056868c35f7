import type { RunEvent } from '../running/events.ts';
import { journalPath } from '../running/paths.ts';
import { lossesAtRungs, type RungLosses } from './hyperband.ts';
import { JournalFollower } from './journal-follower.ts';
import type { Sweep } from './sweep-file.ts';
import { statePlace } from '../../base/state-place.ts';

/** What the stages of one trial have logged so far of the value that early stopping judges by. */
export class LiveLosses {
  readonly #root: string;
  readonly #hyperband: NonNullable<Sweep['hyperband']>;
  readonly #judged: ReadonlySet<string>;
  readonly #followers = new Map<string, JournalFollower>();
  readonly #losses = new Map<string, number[]>();
  #invocation = '';

  /** @param judged names of the instances whose logs count */
  constructor(root: string, hyperband: NonNullable<Sweep['hyperband']>, judged: ReadonlySet<string>) {
    this.#root = root;
    this.#hyperband = hyperband;
    this.#judged = judged;
  }

  /** Learns from the events of the trial's run where its journals are. */
  note(event: RunEvent): void {
    if (event.type === 'run-started') this.#invocation = event.invocation;
    if (event.type !== 'stage-started' || !this.#judged.has(event.instance)) return;
    const file = statePlace(this.#root, journalPath(this.#invocation, event.instance));
    this.#followers.set(event.instance, new JournalFollower(file));
  }

  /** Reads what is new. */
  atRungs(): RungLosses {
    const { name, goal, rungs } = this.#hyperband;
    for (const [instance, follower] of this.#followers) {
      const losses = this.#losses.get(instance) ?? [];
      losses.push(...follower.take(name).map((value) => (goal === 'minimize' ? value : -value)));
      this.#losses.set(instance, losses);
    }
    const entries = [...this.#losses].map(([instance, losses]) => [instance, lossesAtRungs(rungs, losses)] as const);
    return Object.fromEntries(entries.filter(([, reached]) => Object.keys(reached).length > 0));
  }
}
