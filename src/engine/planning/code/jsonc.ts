/** JSON with comments and trailing commas, as TypeScript writes its settings. Throws SyntaxError for anything else. */
export function parseJsonc(text: string): unknown {
  let plain = '';
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at, at + 2);
    if (rest.startsWith('"')) {
      const end = stringEnd(text, at);
      plain += text.slice(at, end);
      at = end;
    } else if (rest === '//') at = indexOrEnd(text, '\n', at);
    else if (rest === '/*') at = indexOrEnd(text, '*/', at + 2) + 2;
    else if (rest.startsWith(',') && /^,(?:\s|\/\/[^\n]*\n|\/\*.*?\*\/)*[\]}]/s.test(text.slice(at))) at++;
    else {
      plain += text.charAt(at);
      at++;
    }
  }
  return JSON.parse(plain.replace(/^\uFEFF/, ''));
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text.charAt(at) === '\\') at++;
    else if (text.charAt(at) === '"') return at + 1;
  }
  return text.length;
}

function indexOrEnd(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found;
}
