import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseShell } from './parser.ts';
import type { Node } from './syntax.ts';

/** Scripts are smaller (bytes). */
const most = 1024 * 1024;
const ending = /\.(?:sh|bash|zsh|ksh|dash)$/;

/**
 * The commands of a shell script (absolute path); null for what is none, or cannot be read, which reading it as code
 * will tell.
 *
 * @param isSure whether a shell is told to run it: else its name or its first line has to say what it is
 */
export function readScript(file: string, isSure: boolean): Node | null {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > most) return null;
    const text = readFileSync(file, 'utf8');
    return text.includes('\0') || !(isSure || isScript(file, text)) ? null : parseShell(text);
  } catch {
    return null;
  }
}

/** A shell also runs what begins with no `#!` when it is started itself. */
function isScript(file: string, text: string): boolean {
  if (text.startsWith('#!')) return isShebangOfShell(text);
  return ending.test(file) || path.extname(file) === '';
}

/** Whether the first line of a text names a shell whose language we read. */
function isShebangOfShell(text: string): boolean {
  return /^#![^\n]*\b(?:ba|z|da|k|mk|a)?sh\b/.test(text);
}
