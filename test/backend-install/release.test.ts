import assert from 'node:assert/strict';
import { cudaWheels } from '../../src/backend-install/from-wheel.ts';
import { type Machine, RELEASE, wheelFor } from '../../src/backend-install/release.ts';
import { LINUX } from './support/world.ts';

describe('wheelFor', () => {
  it('finds a wheel for Linux on Intel and ARM and for Apple silicon, with a pinned digest where it is known', () => {
    const projects = (['x64', 'arm64'] as const).map((architecture) =>
      wheelFor(RELEASE, 'cpu', { ...LINUX, architecture }),
    );
    assert.deepEqual(projects.map(({ project }) => project), ['tensorflow-cpu', 'tensorflow']); // prettier-ignore
    assert.match(projects[0]!.sha256 ?? '', /^[0-9a-f]{64}$/);
    const mac = wheelFor(RELEASE, 'cpu', { ...LINUX, platform: 'darwin', architecture: 'arm64', glibc: null });
    assert.deepEqual(mac.platforms, ['macosx_12_0_arm64']);
    assert.equal(wheelFor(RELEASE, 'cuda', LINUX).project, 'tensorflow');
  });

  const refusals: readonly [string, Partial<Machine>, RegExp][] = [
    ['an old Node', { node: 'v18.20.0' }, /^Node v18\.20\.0 is older than 20\.19: install Node 22 or 24 first\.$/],
    ['Windows', { platform: 'win32' }, /not made for win32-x64, only for .*run the project in WSL/],
    ['a Mac with an Intel processor', { platform: 'darwin' }, /not made for darwin-x64/],
    ['musl', { glibc: null }, /needs glibc 2\.27 or newer, and this system has another C library \(musl\)/],
    ['an old glibc', { glibc: '2.17' }, /this system has glibc 2\.17/],
    ['a full disk', { free: 1e8 }, /takes 1\.5 GB for a while, and only 0\.1 GB are free/],
  ];
  for (const [name, change, message] of refusals) {
    it(`refuses ${name}, saying why`, () =>
      assert.throws(() => wheelFor(RELEASE, 'cpu', { ...LINUX, ...change }), { name: 'InstallError', message }));
  }
});

describe('cudaWheels', () => {
  it('reads what a wheel wants for GPUs from its METADATA, in the old form and the new', () => {
    const metadata = [
      'Requires-Dist: numpy>=1.26.0',
      'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
      "Requires-Dist: nvidia-nccl-cu12 (==2.27.7) ; extra == 'and-cuda'",
      'Requires-Dist: other>=1; extra == "gcs-filesystem"',
    ].join('\n');
    assert.deepEqual(
      cudaWheels(metadata, ['p']).map(({ project, version }) => `${project} ${version}`),
      ['nvidia-cublas-cu12 <13.0,>=12.5.3.2', 'nvidia-nccl-cu12 ==2.27.7'],
    );
  });
});
