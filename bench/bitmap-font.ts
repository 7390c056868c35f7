/** Letters of 5 x 7 dots, only those the contact sheet needs: a system font would differ between machines. */
const LETTERS: Readonly<Record<string, readonly string[]>> = {
  a: ['', '', '.###', '....#', '.####', '#...#', '.####'],
  c: ['', '', '.####', '#', '#', '#', '.####'],
  d: ['....#', '....#', '.####', '#...#', '#...#', '#...#', '.####'],
  e: ['', '', '.###', '#...#', '#####', '#', '.####'],
  f: ['..##', '.#', '####', '.#', '.#', '.#', '.#'],
  g: ['', '', '.####', '#...#', '.####', '....#', '.###'],
  h: ['#', '#', '####', '#...#', '#...#', '#...#', '#...#'],
  i: ['..#', '', '.##', '..#', '..#', '..#', '.###'],
  k: ['#', '#', '#..#', '#.#', '##', '#.#', '#..#'],
  l: ['.##', '..#', '..#', '..#', '..#', '..#', '.###'],
  m: ['', '', '##.#', '#.#.#', '#.#.#', '#.#.#', '#.#.#'],
  n: ['', '', '####', '#...#', '#...#', '#...#', '#...#'],
  o: ['', '', '.###', '#...#', '#...#', '#...#', '.###'],
  p: ['', '', '####', '#...#', '####', '#', '#'],
  r: ['', '', '#.##', '##', '#', '#', '#'],
  s: ['', '', '.####', '#', '.###', '....#', '####'],
  t: ['.#', '.#', '####', '.#', '.#', '.#', '..##'],
  u: ['', '', '#...#', '#...#', '#...#', '#...#', '.####'],
  w: ['', '', '#...#', '#.#.#', '#.#.#', '#.#.#', '.#.#'],
};

/** Writes a word into RGB pixels [height, width, 3] of the given width; letters it does not know stay blank. */
export function writeWord(
  pixels: Uint8Array,
  width: number,
  left: number,
  top: number,
  word: string,
  colour: readonly [number, number, number],
): void {
  Array.from(word).forEach((letter, index) => {
    (LETTERS[letter] ?? []).forEach((dots, y) => {
      Array.from(dots).forEach((dot, x) => {
        if (dot === '#') pixels.set(colour, ((top + y) * width + left + index * 6 + x) * 3);
      });
    });
  });
}
