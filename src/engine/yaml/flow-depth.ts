/** Deeper than this no document of a person or a program is nested. */
export const deepestFlow = 500;

/**
 * True for a text whose lists and maps in brackets are nested deeper than `deepestFlow`. A parser of YAML takes minutes
 * for some ten thousand of them, so a text that anybody may have written is asked first. Brackets in double quotes do
 * not count.
 */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > deepestFlow) return true;
  }
  return false;
}
