// Asks the registry for known vulnerabilities of what the project runs on (not of what only builds and tests it), and
// fails for those that an update would mend. Where the registry does not answer, it says so and does not fail: the
// state of a network is no property of a commit.
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Known, without a fix, and why they are borne. Each is said at every run. */
export const KNOWN = {
  tar: {
    through: '@tensorflow/tfjs-node-gpu',
    reason:
      'version 6 comes with the optional GPU package through node-pre-gyp 1.0.9 and has no fix; it unpacks what that ' +
      "package's install script downloads, and nothing else (npm ci --ignore-scripts leaves it out)",
  },
};

const SERIOUS = ['high', 'critical'];

/**
 * What an answer of `npm audit --json` means: lines to print, and whether the build fails.
 *
 * @param {unknown} report
 * @param {Record<string, { through: string, reason: string }>} known
 */
export function judge(report, known = KNOWN) {
  const vulnerabilities = report?.vulnerabilities;
  if (typeof vulnerabilities !== 'object' || vulnerabilities === null) {
    const said = report?.message ?? report?.error?.summary ?? 'no answer';
    return { failed: false, lines: [`The registry was not asked for vulnerabilities: ${String(said).slice(0, 200)}`] };
  }
  const lines = [];
  let failed = false;
  for (const { name, severity, via = [], effects = [], fixAvailable, isDirect } of Object.values(vulnerabilities)) {
    // A package that is listed only because of one that it depends on is told with that one.
    const advisories = via.filter((one) => typeof one === 'object');
    if (advisories.length === 0) continue;
    const what = `${name} (${severity}): ${advisories.map(({ title, url }) => `${title} ${url}`).join('; ')}`;
    const borne =
      isDirect !== true && Object.hasOwn(known, name) && leadsTo(known[name].through, effects, vulnerabilities);
    // npm offers also a step back to another major version, which is no fix.
    const isFixable = fixAvailable === true || (fixAvailable && fixAvailable.isSemVerMajor !== true);
    if (borne) lines.push(`known: ${what}: ${known[name].reason}`);
    else if (SERIOUS.includes(severity) && isFixable) {
      failed = true;
      lines.push(`FAILS: ${what}: run "npm update ${name}"`);
    } else lines.push(`reported: ${what}: ${isFixable ? 'an update mends it' : 'no fix is known'}`);
  }
  if (lines.length === 0) lines.push('No vulnerability is known of what the project runs on.');
  return { failed, lines };
}

/** Whether every way from a package up to what the project asks for goes through one package. */
function leadsTo(through, effects, vulnerabilities, seen = new Set()) {
  if (effects.length === 0) return false;
  return effects.every((name) => {
    if (name === through) return true;
    if (seen.has(name)) return true;
    seen.add(name);
    return leadsTo(through, vulnerabilities[name]?.effects ?? [], vulnerabilities, seen);
  });
}

function ask() {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries', '0'], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 2 ** 26,
  });
  try {
    return JSON.parse(stdout);
  } catch {
    return null;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { failed, lines } = judge(ask());
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = failed ? 1 : 0;
}
