/** The environment variables of Weights & Biases, with the meaning they have in Python. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export type TrackingMode = 'online' | 'offline' | 'disabled';

export interface TrackingSettings {
  /** `offline` records runs on disk; `online` also uploads them; `disabled` keeps the journal alone. */
  readonly mode: TrackingMode;
  /** Absolute path of the directory that holds run directories. */
  readonly directory: string;
  readonly project: string;
  /** Whose project; null: the entity that the key belongs to. */
  readonly entity: string | null;
  /** Without a slash at the end. */
  readonly baseUrl: string;
}

/** A setting that cannot be followed. The message is for the user. */
export class TrackingSettingsError extends Error {
  override readonly name = 'TrackingSettingsError';
}

const DEFAULT_PROJECT = 'groupgan-pipeline';
const DEFAULT_BASE_URL = 'https://api.wandb.ai';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of a project whose root is given. Without WANDB_MODE runs are recorded offline: nothing leaves the
 * machine unasked. Throws a TrackingSettingsError for a mode or address that does not exist.
 */
export function trackingSettings(root: string, env: Environment): TrackingSettings {
  return {
    mode: modeOf(env),
    directory: join(resolve(root, set(env, 'WANDB_DIR') ?? '.'), 'wandb'),
    project: set(env, 'WANDB_PROJECT') ?? DEFAULT_PROJECT,
    entity: set(env, 'WANDB_ENTITY') ?? null,
    baseUrl: baseUrlOf(env),
  };
}

/**
 * The API key from WANDB_API_KEY, else from the netrc file (NETRC, or .netrc in the home directory) for the service's
 * host; null where there is none. It is asked for where a request is made, and kept nowhere else.
 */
export function apiKey(env: Environment, baseUrl: string): string | null {
  const given = set(env, 'WANDB_API_KEY');
  if (given !== undefined) return given.trim();
  const file = set(env, 'NETRC') ?? join(set(env, 'HOME') ?? homedir(), '.netrc');
  if (!existsSync(file)) return null;
  return passwordIn(readFileSync(file, 'utf8'), new URL(baseUrl).hostname);
}

/** The password that a netrc text gives for a host. */
export function passwordIn(netrc: string, host: string): string | null {
  const words = netrc
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .split(/\s+/);
  let machine: string | undefined;
  for (const [at, word] of words.entries()) {
    if (word === 'machine') machine = words[at + 1];
    if (word === 'default') machine = host;
    if (word === 'password' && machine === host) return words[at + 1] ?? null;
  }
  return null;
}

/** A variable that is set to nothing counts as not set, as in Python. */
function set(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

function modeOf(env: Environment): TrackingMode {
  const mode = set(env, 'WANDB_MODE') ?? 'offline';
  switch (mode) {
    case 'online':
    case 'offline':
    case 'disabled':
      return mode;
    case 'dryrun':
      return 'offline';
    case 'run':
      return 'online';
    default:
      throw new TrackingSettingsError(`WANDB_MODE must be online, offline or disabled, found "${mode}"`);
  }
}

function baseUrlOf(env: Environment): string {
  const text = (set(env, 'WANDB_BASE_URL') ?? DEFAULT_BASE_URL).replace(/\/+$/, '');
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new TrackingSettingsError(`WANDB_BASE_URL must be an address such as ${DEFAULT_BASE_URL}, found "${text}"`);
  }
  return text;
}
