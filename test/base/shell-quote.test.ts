import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { DiagnosticList } from '../../src/engine/yaml/diagnostics.ts';
import { fromValue } from '../../src/engine/yaml/node.ts';
import type { ScalarNode } from '../../src/engine/yaml/node.ts';
import { Scope } from '../../src/engine/templates/scope.ts';
import { ShellScanner } from '../../src/base/shell-quote.ts';
import { compileCommand, resolveText } from '../../src/engine/templates/template.ts';

/** The command with `${x}` replaced by the value, or null when that was refused. */
function insert(command: string, value: string): string | null {
  const diagnostics = new DiagnosticList();
  const template = compileCommand(fromValue(command, null) as ScalarNode, diagnostics);
  const scope = new Scope(new Map([['x', fromValue(value, null)]]), new Map());
  return resolveText(template, scope, diagnostics)?.text ?? null;
}

function run(command: string): string {
  return execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
}

/** Commands that print the value, in each place where a shell treats text differently. */
const PLACES = [
  `printf '%s|' \${x}`,
  `printf '%s|' a\${x}b`,
  `printf '%s|' "\${x}"`,
  `printf '%s|' "a'\${x}'b"`,
  `printf '%s|' '\${x}'`,
  `printf '%s|' 'it'"'"'s \${x}'`,
  `printf '%s|' "$(printf '%s' \${x})"`,
  `printf '%s|' "$(printf '%s' "\${x}")"`,
  `(printf '%s|' \${x})`,
  `printf '%s|' \\"\${x}`,
  `v=\${x}; printf '%s|' "$v"`,
  `printf '%s|' x#\${x} # a comment`,
];

const nasty = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ minLength: 1, unit: fc.constantFrom(...`'"\\$\`(){};&|<>*?#!~ \n\tab=%`.split('')) }),
);

describe('values in commands', () => {
  it('reach the program unchanged, whatever they hold and wherever they stand', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        // A trailing line break is lost in $(...) by the shell's own rule; NUL cannot be an argument.
        fc.pre(!value.includes('\0') && !value.endsWith('\n'));
        const commands = PLACES.map((place) => insert(place, value));
        assert.ok(commands.every((command) => command !== null));
        const expected = [
          value,
          `a${value}b`,
          value,
          `a'${value}'b`,
          value,
          `it's ${value}`,
          value,
          value,
          value,
          `"${value}`,
          value,
          `x#${value}`,
        ];
        assert.equal(run(commands.join('\n')), expected.map((one) => `${one}|`).join(''));
      }),
      { numRuns: 60 },
    );
  });

  it('stay as they are where they need no quotes', () => {
    assert.equal(insert('x --lr ${x}', '-1.5e-3'), 'x --lr -1.5e-3');
    assert.equal(insert('x ${x}', 'runs/demo_1/a-b.json'), 'x runs/demo_1/a-b.json');
  });

  it('are kept as words when they are empty', () => {
    assert.equal(run(insert("printf '[%s]' ${x} end", '') ?? ''), '[][end]');
  });

  it('are refused where no quoting is certain, unless they need none', () => {
    for (const command of [
      'echo `echo ${x}`',
      'cat <<END\n${x}\nEND',
      "echo $'${x}'",
      'echo $((1 + ${x}))',
      'echo "${x}" # ${x}',
      'echo "\\${HOME:-${x}}"',
      'echo $${x}',
    ]) {
      assert.equal(insert(command, '$(echo broken)'), null, command);
      assert.notEqual(insert(command, '12'), null, command);
    }
  });

  it('are refused when they hold a NUL, which no argument can', () => {
    assert.equal(insert('echo ${x}', 'a\0b'), null);
  });
});

describe('the shell scanner', () => {
  it('knows which quotes are open', () => {
    const after = (text: string): string => {
      const scanner = new ShellScanner();
      scanner.read(text);
      return scanner.context;
    };
    assert.equal(after('echo '), 'word');
    assert.equal(after('echo "a'), 'double-quotes');
    assert.equal(after('echo "a" '), 'word');
    assert.equal(after(`echo 'a"`), 'single-quotes');
    assert.equal(after('echo "$(cat '), 'word');
    assert.equal(after('echo "$(cat "x'), 'double-quotes');
    assert.equal(after('echo "$(cat "x") '), 'double-quotes');
    assert.equal(after('echo \\"'), 'word');
    assert.equal(after('echo "\\"'), 'double-quotes');
    assert.equal(after(`echo 'a\\`), 'single-quotes');
    assert.equal(after('# note\necho '), 'word');
    assert.equal(after('echo a#'), 'word');
    assert.equal(after('echo # '), 'elsewhere');
    assert.equal(after('cat <<EOF\n'), 'elsewhere');
    assert.equal(after('case x in a) '), 'elsewhere');
  });
});
