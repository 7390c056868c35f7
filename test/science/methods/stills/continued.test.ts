import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { asPeaks } from '../../../../src/science/data/still-pairs.ts';
import type { StillTraining } from '../../../../src/science/methods/method.ts';
import type { StillMethodName } from '../../../../src/science/names.ts';
import { METHODS } from '../../../../src/science/methods/registry.ts';
import { pretrainClassifier } from '../../../../src/science/methods/pretraining.ts';
import type { TensorMap } from '../../../../src/science/models/state.ts';
import { createRandom } from '../../../../src/base/random.ts';
import { Checkpoints } from '../../../../src/science/training/checkpoints.ts';
import type { Report } from '../../../../src/science/training/loop.ts';
import { useTestBackend } from '../../../compute/test-backend.ts';
import { tinyOptions } from '../tiny.ts';
import { TINY_SYSTEMS, tinyLandmarks, tinyStills } from './tiny-stills.ts';

interface End {
  readonly tensors: TensorMap;
  readonly reports: readonly Report[];
}

describe('a training of Table 3 that was ended in the middle', () => {
  before(useTestBackend);
  const folder = mkdtempSync(path.join(tmpdir(), 'wild-continued-'));
  const file = path.join(folder, 'training.safetensors');
  after(() => rmSync(folder, { recursive: true }));

  const log: string[] = [];
  // A clock that stands still: every iteration is due.
  const open = () =>
    Checkpoints.open({ file, identity: 'this', intervalMs: 0, log: (line) => log.push(line), now: () => 0 });

  async function run(name: StillMethodName, checkpoints?: Checkpoints): Promise<End> {
    const reports: Report[] = [];
    const task: StillTraining = {
      train: tinyStills(),
      val: tinyStills(10, 3),
      net: 'ResNet18',
      // Relabels from the first step on, and whatever the network thinks.
      options: tinyOptions(5, {
        ...TINY_SYSTEMS,
        selfCure: { ...TINY_SYSTEMS.selfCure, warmUp: 0, relabelMargin: 0 },
      }),
      landmarks: () => Promise.resolve(tinyLandmarks()),
      pretrained: {},
      random: createRandom(7),
    };
    const classifier =
      name === 'groupgan' ? await pretrainClassifier({ ...task, train: asPeaks(task.train) }) : undefined;
    const onReport = (report: Report): void => void reports.push(report);
    const trained = await METHODS[name].train({ ...task, pretrained: { classifier }, onReport, checkpoints });
    const tensors = trained.tensors();
    trained.dispose();
    return { tensors, reports };
  }

  for (const name of ['resnet18', 'rn-laf-ada', 'scn', 'groupgan'] satisfies StillMethodName[]) {
    it(`${name} goes on from its checkpoint, to the same weights and reports`, async () => {
      rmSync(file, { force: true });
      const undisturbed = await run(name);
      const snapshots: string[] = [];
      const checkpoints = await open();
      const write = checkpoints.write.bind(checkpoints);
      checkpoints.write = async (...args) => {
        await write(...args);
        snapshots.push(path.join(folder, `${snapshots.length}.safetensors`));
        copyFileSync(file, snapshots.at(-1)!);
      };
      assert.deepEqual(await run(name, checkpoints), undisturbed);
      assert.ok(snapshots.length >= 3, `${snapshots.length} checkpoints`);
      for (const snapshot of [snapshots[0]!, snapshots.at(-1)!]) {
        copyFileSync(snapshot, file);
        log.length = 0;
        assert.deepEqual(await run(name, await open()), undisturbed);
        assert.match(log.join('\n'), /continues from iteration \d+/);
      }
    });
  }
});
