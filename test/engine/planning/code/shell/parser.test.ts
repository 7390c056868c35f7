import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { filesOfCommand } from '../../../../../src/engine/planning/code/command-programs.ts';
import { parseShell } from '../../../../../src/engine/planning/code/shell/parser.ts';
import { commandsIn, type Node, type Word } from '../../../../../src/engine/planning/code/shell/syntax.ts';

/** Every simple command of a text in the order in which it stands there, those inside of words before their command. */
function commands(text: string): string[] {
  return simple(parseShell(text));
}

function simple(node: Node): string[] {
  switch (node.kind) {
    case 'simple': {
      const inner = [...node.words, ...node.reads, ...node.inputs].flatMap(commandsIn).flatMap(simple);
      return [...inner, ...(node.words.length === 0 ? [] : [node.words.map(({ text }) => text).join(' ')])];
    }
    case 'list':
      return node.items.flatMap(simple);
    case 'chain':
      return [node.first, ...node.rest.map((link) => link.node)].flatMap(simple);
    case 'pipeline':
      return node.parts.flatMap(simple);
    case 'if':
      return [
        ...node.branches.flatMap(({ condition, body }) => [condition, body]),
        ...(node.otherwise === null ? [] : [node.otherwise]),
      ].flatMap(simple);
    case 'loop':
      return [...(node.condition === null ? [] : [node.condition]), node.body].flatMap(simple);
    case 'case':
      return node.branches.flatMap(simple);
    case 'not':
    case 'subshell':
    case 'function':
      return simple(node.body);
  }
}

describe('the commands of a shell text', () => {
  const cases: readonly (readonly [text: string, ...commands: string[]])[] = [
    ['a && b || c; d & e | f |& g', 'a', 'b', 'c', 'd', 'e', 'f', 'g'],
    ['if a; then b; elif c; then d; else e; fi', 'a', 'b', 'c', 'd', 'e'],
    ['while a; do b; done; until c; do d; done', 'a', 'b', 'c', 'd'],
    ['for x in a b; do c; done; for ((i = 0; i < 2; i++)); do d; done; for x; do e; done', 'c', 'd', 'e'],
    ['case $x in a) b;; (c | "d e") f;& *) g; esac; h', 'b', 'f', 'g', 'h'],
    ['f() { a; }; function g { b; }; function h() ( c )', 'a', 'b', 'c'],
    ['x=$(case a in a) b;; esac; c) d', 'b', 'c', 'x=$(case a in a) b;; esac; c) d'],
    ['echo "${x:-$(a)}" "${x#"}"}"; b', 'a', 'echo ${x:-$(a)} ${x#"}"}', 'b'],
    ['`a \\`b\\``', 'b', 'a `b`', '`a \\`b\\``'],
    ['cat <<A <<-"B" && c\n$(a)\nA\n\t$(b)\n\tB\nd', 'a', 'cat', 'c', 'd'],
    ['[[ -f a && b =~ (c|d) ]] && e', '[[ -f a b =~ c d ]]', 'e'],
    ['a=(b $(c)) d', 'c', 'a=(b $(c)) d'],
    ['echo $((1 + 2)) a#b # c\nd', 'echo $((1 + 2)) a#b', 'd'],
    ['(( i++ )); ((a; b))', 'a', 'b'],
    ['a <(b) > >(c) 2>&1 {fd}>x', 'c', ': >(c)', 'b', 'a <(b)'],
    ["a $'b\\'c' $\"d\" \\\n e", "a b'c d e"],
    ['! a; { b; } 2> x; time { c; }; coproc d', 'a', ':', 'b', 'c', 'd'],
    ['done; a; fi )', 'a'],
  ];
  for (const [text, ...expected] of cases) {
    it(`are ${expected.join(', ')} in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(
        commands(text).filter((one) => one !== ':'),
        expected.filter((one) => one !== ':'),
      );
    });
  }

  it('are those of every word as it is quoted', () => {
    const word = fc.stringMatching(/^[ab $`"'\\;&|()<>{}*?[\]~#!=\n\t]{0,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
        const quoted = words.map((one) => `'${one.replaceAll("'", "'\\''")}'`);
        const node = parseShell(`x ${quoted.join(' ')}`);
        assert.ok(node.kind === 'simple');
        assert.deepEqual(
          node.words.map(({ text, literal }: Word) => [text, literal]),
          ['x', ...words].map((one) => [one, true]),
        );
      }),
    );
  });

  it('never end in an error, whatever stands there, and however deep', () => {
    const tokens =
      'a|cd x|if|then|fi|for|in|do|done|case|esac|function|f()|{|}|(|)|((|))|$(|${|`|"|\'|\\|\n|;|;;|&|&&|!|[[|]]|<<E|E|<<<|<(|a=(|$((|#|exit|eval|trap|. x|bash -c|$1|"$@"|return';
    const token = fc.oneof(fc.constantFrom(...tokens.split('|'), '|', '||'), fc.string({ maxLength: 3 }));
    const place = { root: '/project', wdir: '.', isFile: (): boolean => false };
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), fc.constantFrom('', ' '), (all, between) => {
        filesOfCommand(all.join(between), place);
      }),
      { numRuns: 500 },
    );
    for (const deep of ['{ ', '( ', '$(', '${', '`', '"${', 'a=(', '! ', 'if ', 'case x in a) ', 'f() ', '<(', 'a && '])
      filesOfCommand(deep.repeat(5000), place);
  });
});
