/** A binary heap; of equal priorities the one pushed first comes first. */
export class PriorityQueue<Item> {
  readonly #heap: { item: Item; priority: number; order: number }[] = [];

  peek(): { readonly item: Item; readonly priority: number; readonly order: number } | undefined {
    return this.#heap[0];
  }

  push(item: Item, priority: number, order: number): void {
    const heap = this.#heap;
    heap.push({ item, priority, order });
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) break;
      at = parent;
    }
  }

  pop(): Item | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.item;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#swapIfBefore(child, at)) break;
      at = child;
    }
    return first.item;
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    return x !== undefined && y !== undefined && comesBefore(x, y);
  }

  #swapIfBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined || !comesBefore(x, y)) return false;
    this.#heap[a] = y;
    this.#heap[b] = x;
    return true;
  }
}

/** Higher priority first; of equal ones the lower order. */
export function comesBefore(
  a: { readonly priority: number; readonly order: number },
  b: { readonly priority: number; readonly order: number },
): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order);
}
