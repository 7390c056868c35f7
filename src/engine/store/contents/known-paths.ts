/** Answers by path that can be forgotten for a path with everything inside it and around it. */
export class KnownPaths<Answer> {
  readonly #answers = new Map<string, Answer>();
  /** Directories to the known paths below them, at any depth. */
  readonly #below = new Map<string, Set<string>>();

  get(path: string): Answer | undefined {
    return this.#answers.get(path);
  }

  set(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
    for (const directory of directoriesAround(path)) {
      const known = this.#below.get(directory);
      if (known === undefined) this.#below.set(directory, new Set([path]));
      else known.add(path);
    }
  }

  forget(path: string): void {
    // The project itself is around everything that lies in it.
    for (const known of [path, '.', ...directoriesAround(path), ...(this.#below.get(path) ?? [])]) this.#delete(known);
  }

  #delete(path: string): void {
    if (!this.#answers.delete(path)) return;
    for (const directory of directoriesAround(path)) this.#below.get(directory)?.delete(path);
  }
}

function* directoriesAround(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash);
  }
}
