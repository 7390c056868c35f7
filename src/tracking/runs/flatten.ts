/** Nested maps as one map with dotted keys; lists stay values. */
export function flatten(value: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) {
    const name = `${prefix}${key}`;
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) {
      Object.assign(flat, flatten(one as Record<string, unknown>, `${name}.`));
    } else {
      flat[name] = one;
    }
  }
  return flat;
}
