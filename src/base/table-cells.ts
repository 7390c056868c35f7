/** A number as tables write it, with a sign or without. */
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const numberWords = /^[+-]?(?:inf(?:inity)?|nan)$/i;

/** What makes a spreadsheet take a cell for a formula; also in the wide forms of East Asian scripts. */
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/**
 * A cell of CSV (RFC 4180). Text that a spreadsheet would compute gets an apostrophe in front, so that opening a table
 * runs nothing that somebody put into a name or a value; numbers stay numbers.
 */
export function csvCell(text: string): string {
  const inert = formula.test(text) && text !== '-' && !number.test(text) && !numberWords.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** A cell of a Markdown table that reads as the text it is: no markup, no HTML, no picture, no link. */
export function markdownCell(text: string): string {
  return (
    text
      .replaceAll(/\r\n|[\r\n]/g, ' ')
      // A backslash means itself but before punctuation.
      .replaceAll(/\\(?=[!-/:-@[-`{-~])|[|<*`~]/g, '\\$&')
      // Brackets alone are text; what makes a link, a picture or a note of them is taken from it.
      .replaceAll(/(?<=\])[([]|(?<=!)\[|\[(?=\^)/g, '\\$&')
      // Between letters an underscore is one; elsewhere it may begin or end emphasis.
      .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      .replaceAll(/&(?=#?\w+;)/g, '\\&')
      // What looks like an address becomes a link without any markup.
      .replaceAll('://', ':\\/\\/')
      .replaceAll(/\bwww\./gi, (found) => `${found.slice(0, -1)}\\.`)
  );
}
