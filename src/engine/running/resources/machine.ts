import { execFileSync } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { showBytes } from '../../../base/bytes.ts';
import type { Resources, StageInstance } from '../../stages/types.ts';
import { type MachineResources, settingsFile } from '../../settings.ts';
import type { Amounts } from './amounts.ts';

/** What instances share while they run on this machine. */
export interface Machine {
  /** `cpus`, `gpus`, `memory` (bytes) and custom pools; memory only where somebody asks for it. */
  readonly totals: Amounts;
  /** Ids of the GPUs, for CUDA_VISIBLE_DEVICES. */
  readonly devices: readonly string[];
}

/** Amounts that an instance takes while it runs, under the names of `Machine.totals`. */
export function amountsOf({ cpus, gpus, memory, pools }: Resources): Amounts {
  return { ...pools, cpus, gpus, memory };
}

export interface MachineQuestion {
  /** `-j`; null: all cores. */
  readonly jobs: number | null;
  readonly settings: MachineResources;
  /** `--resources`: beats the settings. */
  readonly overrides: Amounts;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** False: nobody asks for a GPU, so the machine is not searched for any. */
  readonly wantsGpus: boolean;
  /** Ids of the GPUs that the driver shows. */
  readonly listGpus?: () => readonly string[];
}

/** What there is to share: the command line first, then this machine's settings, then what the machine shows. */
export function measureMachine(question: MachineQuestion): Machine {
  const { jobs, settings, overrides, env, wantsGpus, listGpus = nvidiaGpus } = question;
  const visible = wantsGpus ? (visibleGpus(env) ?? listGpus()) : [];
  const gpus = overrides['gpus'] ?? settings.gpus ?? visible.length;
  const totals: Amounts = {
    ...Object.fromEntries(settings.pools),
    memory: settings.memory ?? totalmem(),
    ...overrides,
    gpus,
    cpus: jobs ?? overrides['cpus'] ?? settings.cpus ?? availableParallelism(),
  };
  // More GPUs than are visible: whoever says so knows more than we see, and counts them from 0.
  const devices = gpus <= visible.length ? visible.slice(0, gpus) : Array.from({ length: gpus }, (_, at) => `${at}`);
  return { totals, devices };
}

/** Null when the environment does not restrict the GPUs. */
function visibleGpus({ CUDA_VISIBLE_DEVICES: visible }: Readonly<NodeJS.ProcessEnv>): string[] | null {
  if (visible === undefined) return null;
  const ids = visible.split(',').map((id) => id.trim());
  // CUDA ignores everything from the first id that is none: "-1" hides all.
  const end = ids.findIndex((id) => id === '' || id.startsWith('-'));
  return end < 0 ? ids : ids.slice(0, end);
}

function nvidiaGpus(): string[] {
  try {
    const list = execFileSync('nvidia-smi', ['-L'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    return [...list.matchAll(/^GPU (\d+):/gm)].map(([, index = '']) => index);
  } catch {
    return [];
  }
}

/**
 * Says, in one message, which instances ask for more than there is; null when all can run. An instance that wants
 * more cores than `-j` allows, but not more than the machine has, gets all that `-j` allows.
 *
 * @param cores cores of the machine
 */
export function describeExcess(
  instances: Iterable<StageInstance>,
  { totals }: Machine,
  cores = availableParallelism(),
): string | null {
  const lines = new Map<string, string>();
  for (const { stage, name, resources, at } of instances) {
    for (const [resource, ask] of Object.entries(amountsOf(resources))) {
      const total = resource === 'cpus' ? Math.max(cores, totals['cpus'] ?? 0) : (totals[resource] ?? 0);
      const key = `${stage} ${resource}`;
      if (ask <= total || lines.has(key)) continue;
      lines.set(
        key,
        `${at.file}:${at.line}: ${name} needs ${amount(resource, ask)}, and there ${total === 1 ? 'is' : 'are'} ${amount(resource, total)}`,
      );
    }
  }
  if (lines.size === 0) return null;
  const [first = ''] = lines.keys();
  const resource = first.slice(first.indexOf(' ') + 1);
  const where = isPool(resource) ? `resources.pools.${resource}` : `resources.${resource}`;
  return (
    `${[...lines.values()].join('\n')}\n` +
    `Ask for less in meta.resources, or say what there is: ${where} in ${settingsFile}, or --resources ${resource}=N.`
  );
}

function isPool(resource: string): boolean {
  return !['cpus', 'gpus', 'memory'].includes(resource);
}

function amount(resource: string, value: number): string {
  if (resource === 'memory') return `${showBytes(value)} of memory`;
  if (isPool(resource)) return `${value} of ${resource}`;
  const one = resource.slice(0, -1);
  return `${value} ${value === 1 ? one : resource}`;
}
