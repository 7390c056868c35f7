import { InstallError } from './install-error.ts';

/** What is installed: versions, and the SHA-256 of every file that comes from outside, where it is known. */

export type Variant = 'cpu' | 'cuda';

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Hexadecimal SHA-256 of the archive that the registry serves. */
  readonly sha256: string;
}

export interface Wheel {
  /** Name in the Python index. */
  readonly project: string;
  /** A version, or a range as pip takes it (`>=12.5,<13`). */
  readonly version: string;
  /** Platform tags, the first one preferred. */
  readonly platforms: readonly string[];
  /** Null: not known here; pip compares the index's digest, and the one that was installed is recorded. */
  readonly sha256: string | null;
  /** About how large it is, in bytes. */
  readonly bytes: number;
}

export interface Release {
  readonly binding: NpmPackage;
  /** What the binding needs at run time. */
  readonly protobuf: NpmPackage;
  /** What compiling needs: the headers of Node's binary interface, the same for every version of Node. */
  readonly headers: NpmPackage;
  /** The tag of the Python for which wheels are taken. Their C++ libraries are the same for all; none is run. */
  readonly python: string;
  /** The wheel of a variant by `platform-architecture`. */
  readonly wheels: Readonly<Record<Variant, Readonly<Record<string, Wheel>>>>;
  /** Free space (bytes) that installing takes for a while, downloads and unpacked libraries together. */
  readonly space: Readonly<Record<Variant, number>>;
}

const MB = 1e6;
const linux = (architecture: string): readonly string[] => [
  `manylinux_2_27_${architecture}`,
  `manylinux_2_17_${architecture}`,
  `manylinux2014_${architecture}`,
];
const tensorflow = { project: 'tensorflow', version: '2.21.0', sha256: null } as const;

export const RELEASE: Release = {
  binding: {
    name: '@tensorflow/tfjs-node',
    version: '4.22.0',
    sha256: 'd38a448a705efc6e655a080f896b3af646ae39dffbfe9c90b06cb9fc3a2b9358',
  },
  protobuf: {
    name: 'google-protobuf',
    version: '3.21.4',
    sha256: '38299bb1802ce06900ea2e43650aded8393cd6a00012ed97ffc716eeab1e1091',
  },
  headers: {
    name: 'node-api-headers',
    version: '1.9.0',
    sha256: '6cbfac49542194ae2c8f1dee5fa2dc00d66bec9cbf3b59e3a4e5f16d14eb0d19',
  },
  python: '3.11',
  wheels: {
    cpu: {
      'linux-x64': {
        project: 'tensorflow-cpu',
        version: '2.21.0',
        platforms: linux('x86_64'),
        sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
        bytes: 274 * MB,
      },
      'linux-arm64': { ...tensorflow, platforms: linux('aarch64'), bytes: 269 * MB },
      'darwin-arm64': { ...tensorflow, platforms: ['macosx_12_0_arm64'], bytes: 250 * MB },
    },
    cuda: { 'linux-x64': { ...tensorflow, platforms: linux('x86_64'), bytes: 600 * MB } },
  },
  space: { cpu: 1500 * MB, cuda: 12_000 * MB },
};

/** The oldest Node with all that the project needs, and the oldest glibc that the wheels allow. */
const OLDEST_NODE = [20, 19] as const;
const OLDEST_GLIBC = [2, 27] as const;

export interface Machine {
  /** As `process.platform` has it. */
  readonly platform: string;
  /** As `process.arch` has it. */
  readonly architecture: string;
  /** As `process.version` has it. */
  readonly node: string;
  /** Version of the C library; null where it is another one (musl) or the system is not Linux. */
  readonly glibc: string | null;
  /** Free bytes where the project lies. */
  readonly free: number;
}

/**
 * The wheel that fits this machine.
 *
 * @throws InstallError for a machine, a Node or a disk on which the variant cannot be installed
 */
export function wheelFor(release: Release, variant: Variant, machine: Machine): Wheel {
  const { platform, architecture, node, glibc, free } = machine;
  if (isOlder(node.replace(/^v/, ''), OLDEST_NODE)) {
    throw new InstallError(`Node ${node} is older than ${OLDEST_NODE.join('.')}: install Node 22 or 24 first.`);
  }
  const wheel = release.wheels[variant][`${platform}-${architecture}`];
  if (wheel === undefined) {
    const known = Object.keys(release.wheels[variant]).join(', ');
    const advice = platform === 'win32' ? ' On Windows run the project in WSL.' : '';
    throw new InstallError(
      `TensorFlow's library (${variant}) is not made for ${platform}-${architecture}, only for ${known}.${advice}`,
    );
  }
  if (platform === 'linux' && (glibc === null || isOlder(glibc, OLDEST_GLIBC))) {
    throw new InstallError(
      `TensorFlow's library needs glibc ${OLDEST_GLIBC.join('.')} or newer, and this system has ` +
        `${glibc === null ? 'another C library (musl)' : `glibc ${glibc}`}.`,
    );
  }
  const needed = release.space[variant];
  if (free < needed) {
    throw new InstallError(
      `Installing takes ${gigabytes(needed)} GB for a while, and only ${gigabytes(free)} GB are free here. Make room first.`,
    );
  }
  return wheel;
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [found = 0, foundMinor = 0] = version.split('.').map(Number);
  return found < major || (found === major && foundMinor < minor);
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
