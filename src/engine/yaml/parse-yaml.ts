import { Composer, type CST, type Document, Lexer, Parser, YAMLParseError } from 'yaml';

/** Deeper than anybody nests, and far from where the stack ends: the composer of the document calls itself. */
export const MAX_DEPTH = 200;

/** Where a text is nested too deeply: an offset. */
export interface TooDeep {
  readonly tooDeepAt: number;
}

/**
 * Parses YAML as the package's own `parseDocument` does, but looks at how deep the values are before it composes them:
 * where the stack ends, Node may end as well.
 */
export function parseYaml(text: string): Document | TooDeep {
  const parser = new Parser();
  const tooDeep: number[] = [];
  function* tokens(): Generator<CST.Token, void> {
    for (const lexeme of new Lexer().lex(text)) {
      yield* parser.next(lexeme);
      // The document itself is on the parser's stack, and a scalar may be.
      if (parser.stack.length > MAX_DEPTH + 2) {
        tooDeep.push(parser.offset);
        return;
      }
    }
    yield* parser.end();
  }
  // Duplicate keys are looked for by the reader, because a message that names both places is worth more.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, stringKeys: false });
  let document: Document | null = null;
  for (const next of composer.compose(tokens(), true, text.length)) {
    if (document === null) document = next;
    else {
      const [start, end] = next.range;
      document.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'Source contains multiple documents'));
      break;
    }
  }
  const [tooDeepAt] = tooDeep;
  if (tooDeepAt !== undefined) return { tooDeepAt };
  if (document === null) throw new Error('the YAML parser gave no document');
  return document;
}
