/**
 * Letters of 5 x 7 dots for pictures: the fonts of a system differ between machines, and a bare one has none.
 * Each letter is seven rows from the top, nine where it reaches below the base line; a row is one digit of base 32 whose bits
 * are its dots, the left one first.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  ...{ ' ': '0000000', '!': '4444004', '"': 'aaa0000', '#': 'aavavaa', $: '4fke5u4', '%': 'op248j3', '&': 'cik8lid' },
  ...{ "'": 'c480000', '(': '2488842', ')': '8422248', '*': '04lel40', '+': '044v440', ',': '0000c48', '-': '000v000' },
  ...{ '.': '00000cc', '/': '01248g0', '0': 'ehjlphe', '1': '4c4444e', '2': 'eh1248v', '3': 'v2421he', '4': '26aiv22' },
  ...{ '5': 'vgu11he', '6': '68guhhe', '7': 'v124888', '8': 'ehhehhe', '9': 'ehhf12c', ':': '0cc0cc0', ';': '0cc0c48' },
  ...{ '<': '248g842', '=': '00v0v00', '>': '8421248', '?': 'eh12404', '@': 'eh1dlle', A: 'ehhvhhh', B: 'uhhuhhu' },
  ...{ C: 'ehggghe', D: 'sihhhis', E: 'vgguggv', F: 'vgguggg', G: 'ehgnhhf', H: 'hhhvhhh', I: 'e44444e', J: '72222ic' },
  ...{ K: 'hikokih', L: 'ggggggv', M: 'hrllhhh', N: 'hhpljhh', O: 'ehhhhhe', P: 'uhhuggg', Q: 'ehhhlid', R: 'uhhukih' },
  ...{ S: 'fgge11u', T: 'v444444', U: 'hhhhhhe', V: 'hhhhha4', W: 'hhhllla', X: 'hha4ahh', Y: 'hhha444', Z: 'v1248gv' },
  ...{ '[': 'e88888e', '\\': '0g84210', ']': 'e22222e', '^': '4ah0000', _: '000000v', '`': '8420000', a: '00e1fhf' },
  ...{
    b: 'ggmphhu',
    c: '00fgggf',
    d: '11fhhhf',
    e: '00ehvgf',
    f: '68u8888',
    g: '00fhhhf1e',
    h: 'gguhhhh',
    i: '40c444e',
  },
  ...{
    j: '2062222ic',
    k: 'ggikoki',
    l: 'c44444e',
    m: '00qllll',
    n: '00uhhhh',
    o: '00ehhhe',
    p: '00uhhhugg',
    q: '00fhhhf11',
  },
  ...{
    r: '00moggg',
    s: '00fge1u',
    t: '88u8886',
    u: '00hhhhf',
    v: '00hhha4',
    w: '00hllla',
    x: '00ha4ah',
    y: '00hhhhf1e',
  },
  ...{ z: '00v248v', '{': '2448442', '|': '4444444', '}': '8442448', '~': '008l200', '±': '44v440v', '×': '00ha4ah' },
};

/** Dots from one letter to the next, and from the top of a letter to its base line. */
export const ADVANCE = 6;
export const HEIGHT = 7;

/** Width of a text in dots, without the gap after its last letter. */
export function textWidth(text: string): number {
  return Math.max(0, Array.from(text).length * ADVANCE - 1);
}

/** Calls back for every dot of a text, counted from its top left; a letter that is not here is drawn as a question mark. */
export function forEachDot(text: string, dot: (x: number, y: number) => void): void {
  Array.from(text).forEach((letter, at) => {
    Array.from(GLYPHS[letter] ?? GLYPHS['?'] ?? '').forEach((digit, y) => {
      const bits = Number.parseInt(digit, 32);
      for (let x = 0; x < 5; x++) if ((bits >> (4 - x)) & 1) dot(at * ADVANCE + x, y);
    });
  });
}
