/** Characters that mean something to LaTeX, or that its default fonts lack. */
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '%': '\\%',
  '&': '\\&',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '±': '$\\pm$',
  '×': '$\\times$',
  '→': '$\\to$',
  '−': '$-$',
  '–': '--',
  '\n': ' ',
};

/** A text that LaTeX sets as it is written. */
export function escapeLatex(text: string): string {
  return text.replaceAll(/[\\{}%&$#_~^<>|±×→−–\n]/g, (character) => ESCAPED[character] ?? character);
}
