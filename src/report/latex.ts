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

/** A text that LaTeX sets as it is written; straight quotation marks become those of a typesetter. */
export function escapeLatex(text: string): string {
  return text
    .replaceAll(/[\\{}%&$#_~^<>|±×→−–\n]/g, (character) => ESCAPED[character] ?? character)
    .replaceAll(/(?<=^|[\s([])"/g, '``')
    .replaceAll('"', "''");
}

/** The same for the first cell of a row: the command that ends a row would take a bracket or star for its own. */
export function escapeRowStart(text: string): string {
  return /^[[*]/.test(text) ? `{}${escapeLatex(text)}` : escapeLatex(text);
}

/**
 * A heading on as many lines as it takes for its column not to become wider than so many letters, or than its longest
 * word.
 *
 * @param align how the lines stand in the column
 */
export function latexHeading(text: string, letters: number, align: 'l' | 'r'): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length < 2) return escapeRowStart(text);
  return `\\begin{tabular}[b]{@{}${align}@{}}${lines.map(escapeRowStart).join(' \\\\ ')}\\end{tabular}`;
}
