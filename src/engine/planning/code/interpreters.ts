/** How a language's interpreter is told what to run. */
export interface Interpreter {
  /** Its name on the command line, without folders. */
  readonly name: RegExp;
  readonly language: 'javascript' | 'python' | 'shell' | 'other';
  /** Words before the options and the program: `deno run`. */
  readonly verbs?: readonly string[];
  /** Options whose value is the next word. */
  readonly valued?: readonly string[];
  /** Options whose value is a file that is run before the program. */
  readonly loads?: readonly string[];
  /** Options whose value is the program: `R -f FILE`. */
  readonly program?: readonly string[];
  /** Options whose value is the program's text. */
  readonly inline?: readonly string[];
  /**
   * Letters of short options that may stand together (`-euo pipefail`): those with a value, which is the rest of the
   * word or the next one. Absent where short options never stand together.
   */
  readonly letters?: { readonly valued: string; readonly inline: string; readonly attached: string };
}

const javascript: Interpreter = {
  name: /^(?:node|nodejs|tsx|ts-node|ts-node-esm)$/,
  language: 'javascript',
  valued: [
    ...['-C', '--conditions', '--env-file', '--env-file-if-exists', '--input-type', '--title', '--icu-data-dir'],
    ...['--openssl-config', '--redirect-warnings', '--diagnostic-dir', '--inspect-port', '--disable-warning'],
    ...['--dns-result-order', '--unhandled-rejections', '--trace-event-categories', '--trace-event-file-pattern'],
    ...['--cpu-prof-dir', '--cpu-prof-name', '--heap-prof-dir', '--heap-prof-name', '--test-reporter', '--watch-path'],
    ...['--test-reporter-destination', '--test-name-pattern', '--test-concurrency', '--stack-trace-limit'],
    ...['--localstorage-file', '--tsconfig', '-P', '--project'],
  ],
  loads: ['-r', '--require', '--import', '--loader', '--experimental-loader'],
  inline: ['-e', '--eval', '-p', '--print', '-pe'],
};

const interpreters: readonly Interpreter[] = [
  javascript,
  {
    name: /^deno$/,
    language: 'javascript',
    verbs: ['run', 'test', 'bench', 'serve'],
    valued: [
      '-c',
      '--config',
      '--import-map',
      '--lock',
      '--cert',
      '--location',
      '--seed',
      '-L',
      '--log-level',
      '--ext',
    ],
    loads: ['--preload'],
    inline: ['eval'],
  },
  {
    name: /^bun$/,
    language: 'javascript',
    verbs: ['run', 'test'],
    valued: [
      '-c',
      '--config',
      '--cwd',
      '--env-file',
      '-d',
      '--define',
      '--tsconfig-override',
      '-l',
      '--loader',
      '--port',
    ],
    loads: ['-r', '--preload', '--require', '--import'],
    inline: ['-e', '--eval', '-p', '--print'],
  },
  {
    name: /^(?:python|pypy|ipython)[\d.]*$/,
    language: 'python',
    valued: ['--check-hash-based-pycs'],
    letters: { valued: 'WXQ', inline: 'c', attached: '' },
  },
  {
    name: /^(?:ba|z|da|k|mk|a)?sh$/,
    language: 'shell',
    valued: ['--rcfile', '--init-file'],
    letters: { valued: 'oO', inline: 'c', attached: '' },
  },
  {
    name: /^Rscript$/,
    language: 'other',
    inline: ['-e'],
  },
  {
    name: /^R$/,
    language: 'other',
    verbs: ['CMD', 'BATCH'],
    valued: ['--args', '-g', '--gui', '-d', '--debugger', '--encoding'],
    program: ['-f', '--file'],
    inline: ['-e'],
  },
  {
    name: /^julia$/,
    language: 'other',
    valued: ['-p', '-t', '-J', '-C', '-H', '--procs', '--threads', '--sysimage', '--cpu-target', '--machine-file'],
    loads: ['-L', '--load'],
    inline: ['-e', '-E', '--eval', '--print'],
  },
  {
    name: /^perl[\d.]*$/,
    language: 'other',
    letters: { valued: 'I', inline: 'eE', attached: 'MmiFCDxVd' },
  },
  {
    name: /^j?ruby[\d.]*$/,
    language: 'other',
    valued: ['--encoding', '--external-encoding', '--internal-encoding'],
    loads: ['-r'],
    letters: { valued: 'ICEr', inline: 'e', attached: 'KWxiF' },
  },
];

/** The interpreter of this name, or null. */
export function interpreterOf(name: string): Interpreter | null {
  return interpreters.find((one) => one.name.test(name)) ?? null;
}

/** What the arguments of an interpreter name, as words. */
export interface Invocation<Word> {
  /** Files that are run before the program. */
  readonly loads: readonly Word[];
  /** Words that may be the program, in order: the first is it, unless it is the value of an option that nobody knows. */
  readonly candidates: readonly { readonly word: Word; readonly certain: boolean }[];
  /** A module (`python -m`). */
  readonly module: Word | null;
  /** The text of a program on the command line. */
  readonly text: Word | null;
  /** The words behind the module, or behind the text of a shell. */
  readonly rest: readonly Word[];
}

/** Reads the arguments of an interpreter. */
export function readInvocation<Word extends { readonly text: string }>(
  interpreter: Interpreter,
  args: readonly Word[],
  make: (text: string, like: Word) => Word,
): Invocation<Word> {
  const { verbs = [], valued = [], loads = [], program = [], inline = [], letters } = interpreter;
  const loaded: Word[] = [];
  const candidates: { word: Word; certain: boolean }[] = [];
  let unsure = false;
  let options = true;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as Word;
    const { text } = word;
    const next = args[at + 1];
    if (options && candidates.length === 0 && verbs.includes(text)) continue;
    if (options && text === '--') {
      options = false;
      continue;
    }
    if (inline.includes(text)) return { loads: loaded, candidates: [], module: null, text: next ?? null, rest: [] };
    if (!options || !/^[-+]./.test(text)) {
      candidates.push({ word, certain: !unsure });
      unsure = false;
      continue;
    }
    unsure = false;
    const equals = text.indexOf('=');
    const [name, value] = equals < 0 ? [text, null] : [text.slice(0, equals), make(text.slice(equals + 1), word)];
    if (value !== null && inline.includes(name))
      return { loads: loaded, candidates: [], module: null, text: value, rest: [] };
    if (loads.includes(name) || program.includes(name)) {
      const file = value ?? next;
      if (value === null) at++;
      if (file === undefined) continue;
      if (program.includes(name)) candidates.push({ word: file, certain: true });
      else loaded.push(file);
    } else if (value === null && valued.includes(name)) at++;
    else if (text.startsWith('--')) unsure = value === null;
    else if (letters === undefined) unsure = true;
    else {
      const found = readLetters(text, letters, interpreter.language);
      if (found === null) continue;
      const inWord = found.rest === '' ? null : make(found.rest, word);
      if (found.kind === 'valued') {
        const isLoad = loads.includes(`-${found.letter}`);
        const file = inWord ?? next;
        if (isLoad && file !== undefined) loaded.push(file);
        if (inWord === null) at++;
      } else if (found.kind === 'module') {
        const module = inWord ?? next ?? null;
        return { loads: loaded, candidates: [], module, text: null, rest: args.slice(at + (inWord === null ? 2 : 1)) };
      } else {
        // A shell takes the first word that is no option for the text, wherever its -c stands.
        const inShell = interpreter.language === 'shell';
        const from = inShell ? args.findIndex((one, index) => index > at && !/^[-+]/.test(one.text)) : at + 1;
        const given = inShell ? args[from] : (inWord ?? next);
        const rest = inShell && given !== undefined ? args.slice(from + 1) : [];
        return { loads: loaded, candidates: [], module: null, text: given ?? null, rest };
      }
    }
  }
  return { loads: loaded, candidates, module: null, text: null, rest: [] };
}

interface Letter {
  readonly kind: 'valued' | 'inline' | 'module';
  readonly letter: string;
  /** What follows the letter in its word. */
  readonly rest: string;
}

function readLetters(
  word: string,
  { valued, inline, attached }: NonNullable<Interpreter['letters']>,
  language: Interpreter['language'],
): Letter | null {
  // In a shell the text of -c is no part of the word, and letters may follow: `-ec`, `-ce`.
  if (language === 'shell') {
    if (/^-[a-zA-Z]*c/.test(word)) return { kind: 'inline', letter: 'c', rest: '' };
    return /[oO]$/.test(word) ? { kind: 'valued', letter: 'o', rest: '' } : null;
  }
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const rest = word.slice(at + 1);
    if (language === 'python' && letter === 'm') return { kind: 'module', letter, rest };
    if (inline.includes(letter)) return { kind: 'inline', letter, rest };
    if (valued.includes(letter)) return { kind: 'valued', letter, rest };
    if (attached.includes(letter)) return null;
  }
  return null;
}
