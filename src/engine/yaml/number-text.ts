import type { ScalarNode } from './node.ts';

/**
 * A scalar as text, as it stands in paths, commands and names of instances: as in dvc.yaml, a float keeps its point
 * (`1.0`, `30000.0` for 3e4, `1e-07`), and other numbers are their digits.
 */
export function scalarText({ value, float }: Pick<ScalarNode, 'value' | 'float'>): string {
  if (typeof value !== 'number') return String(value);
  return float === true || !Number.isInteger(value) ? floatText(value) : String(value);
}

/** Whether YAML text of a number is that of a float: `1.0`, `3e4`, `.5`, but neither `10` nor `0x1e`. */
export function isFloatText(written: string): boolean {
  return !/^[-+]?0[xo]/.test(written) && /[.eE]/.test(written);
}

/** A float as Python's `str` writes it, which is what DVC puts in its place. Both languages take the shortest digits. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', power = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.charAt(0)}${rest}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
