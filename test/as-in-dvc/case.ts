/** One of the cases by which DVC tests itself, in our words. What is the same in both needs no more than its title. */
export interface DvcCase {
  /** What is tried, without the full stop. */
  readonly title: string;
  readonly differs?: Difference;
}

/** Where this runner does not do as DVC does, on purpose. */
export interface Difference {
  readonly verdict: 'better' | 'different';
  readonly dvc: string;
  readonly here: string;
  readonly why: string;
}

/** Cases of one kind. */
export interface DvcCases<Case extends DvcCase = DvcCase> {
  readonly about: string;
  /** Where DVC has them, below its tests. */
  readonly source: string;
  readonly cases: readonly Case[];
}
