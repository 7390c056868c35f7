/** Conditions of Node's two module systems: a file that is reached by either counts. */
const modes = [
  ['node', 'import', 'module-sync', 'default'],
  ['node', 'require', 'module-sync', 'default'],
] as const;

/**
 * The targets of `exports` for a subpath (`.`, `./inner`), or of `imports` for a name (`#name`), under the conditions of
 * `import` and of `require`: paths within the package, or names of other packages. Empty when the field has none.
 */
export function targetsOf(field: unknown, key: string): string[] {
  const table = asTable(field, key);
  const found = table === null ? null : lookUp(table, key);
  if (found === null) return [];
  const targets = modes.flatMap((conditions) => target(found.value, conditions) ?? []);
  return [...new Set(targets)].map((text) => text.replaceAll('*', found.star));
}

/** `"exports": "./index.js"` and conditions alone mean the package itself. */
function asTable(field: unknown, key: string): Readonly<Record<string, unknown>> | null {
  if (field === undefined || field === null) return null;
  const isTable = typeof field === 'object' && !Array.isArray(field) && /^[.#]/.test(Object.keys(field)[0] ?? '');
  if (isTable) return field as Readonly<Record<string, unknown>>;
  return key.startsWith('#') ? null : { '.': field };
}

/** The entry of a key: itself, else the pattern with the longest text before its star. */
function lookUp(table: Readonly<Record<string, unknown>>, key: string): { value: unknown; star: string } | null {
  if (Object.hasOwn(table, key) && !key.includes('*')) return { value: table[key], star: '' };
  let best: { value: unknown; star: string; length: number } | null = null;
  for (const [pattern, value] of Object.entries(table)) {
    const [before = '', after, ...others] = pattern.split('*');
    if (after === undefined || others.length > 0 || !key.startsWith(before) || !key.endsWith(after)) continue;
    if (key.length < before.length + after.length || (best !== null && best.length >= before.length)) continue;
    best = { value, star: key.slice(before.length, key.length - after.length), length: before.length };
  }
  return best;
}

/** The first target that applies; null where the field forbids it, or has none. */
function target(value: unknown, conditions: readonly string[]): string | null {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    for (const one of value as unknown[]) {
      const found = target(one, conditions);
      if (found !== null) return found;
    }
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [condition, inner] of Object.entries(value)) {
    if (!conditions.includes(condition)) continue;
    const found = target(inner, conditions);
    if (found !== null) return found;
  }
  return null;
}
