/** The value at a dotted key of a plain document; undefined where there is none. A key that is there as written wins. */
export function valueAt(document: unknown, key: string): unknown {
  if (isRecord(document) && Object.hasOwn(document, key)) return document[key];
  let value = document;
  for (const segment of key.split('.')) {
    if (!isRecord(value) || !Object.hasOwn(value, segment)) return undefined;
    value = value[segment];
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
