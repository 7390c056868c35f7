/** Notices for a person before the API key is sent. */
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { apiKey, TrackingSettingsError } from '../settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The key for a service, null where there is none, and what a person should know before it is sent. */
export interface ServiceKey {
  readonly key: string | null;
  readonly warnings: readonly string[];
}

/** The API key for the service. Throws a TrackingSettingsError, which names no secret, for an address that holds a password. */
export function serviceKey(env: Environment, baseUrl: string): ServiceKey {
  const { username, password, search, hash, origin, protocol, hostname } = new URL(baseUrl);
  if (username + password + search + hash !== '') {
    throw new TrackingSettingsError(
      `WANDB_BASE_URL must be an address without user name, password and query, such as ${origin}. The key belongs in ` +
        'WANDB_API_KEY or ~/.netrc',
    );
  }
  const netrc = (env['WANDB_API_KEY'] ?? '') === '' ? netrcFile(env) : null;
  let key: string | null;
  try {
    key = apiKey(env, baseUrl);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return { key: null, warnings: [`W&B: ${netrc ?? 'the netrc file'} cannot be read (${reason})`] };
  }
  if (key === null) return { key, warnings: [] };
  const warnings: string[] = [];
  if (protocol === 'http:' && !isLoopback(hostname)) {
    warnings.push(`W&B: ${origin} is asked over http: the key and all runs can be read on the way. Use https`);
  }
  const mode = netrc === null ? 0 : (statSync(netrc, { throwIfNoEntry: false })?.mode ?? 0);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    warnings.push(`W&B: ${netrc} can be read by other users of this machine: chmod 600 ${netrc}`);
  }
  return { key, warnings };
}

function netrcFile(env: Environment): string {
  const [file, home] = [env['NETRC'] ?? '', env['HOME'] ?? ''];
  return file === '' ? join(home === '' ? homedir() : home, '.netrc') : file;
}

/** Whether what is sent to a host stays on this machine. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d+){3}$/.test(hostname)
  );
}
