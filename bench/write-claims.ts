/**
 * Judges the claims of reports/claims.yaml by the committed metrics and writes reports/claims.md: `npm run claims`. With
 * `--check` it writes nothing and fails where the page, or a verdict that README or docs/findings.md gives, is another one.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { claimsPage, judgeClaims, parseClaims, wrongVerdicts } from '../src/report/claims.ts';
import { type Metrics, parseMetrics } from '../src/report/metrics.ts';

/** npm starts it in the project's folder. */
const root = process.cwd();
const [source, page] = ['reports/claims.yaml', 'reports/claims.md'];
/** Pages that give verdicts. */
const PROSE = ['README.md', 'docs/findings.md'];
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

function metricsOf(report: string): Metrics[] {
  const folder = `reports/${report}/metrics`;
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).sort();
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => parseMetrics(read(path.join(folder, file)), path.join(folder, file)));
}

const claims = parseClaims(parse(read(source)), source);
const findings = judgeClaims(claims, metricsOf);
const text = claimsPage(claims, findings);
const problems = PROSE.flatMap((file) => wrongVerdicts(file, read(file), findings));
if (!process.argv.includes('--check')) {
  writeFileSync(path.join(root, page), text);
  console.log(`wrote ${page}`);
} else if (!isCurrent()) problems.push(`${page} is stale: run "npm run claims" and commit it`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function isCurrent(): boolean {
  try {
    return read(page) === text;
  } catch {
    return false;
  }
}
