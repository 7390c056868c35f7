import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseAmounts } from '../../../../src/engine/running/resources/amounts.ts';
import { Devices } from '../../../../src/engine/running/resources/devices.ts';
import {
  describeExcess,
  type MachineQuestion,
  measureMachine,
} from '../../../../src/engine/running/resources/machine.ts';
import { makePipeline } from '../../support/make-pipeline.ts';

const question = (more: Partial<MachineQuestion> = {}): MachineQuestion => ({
  jobs: null,
  settings: { cpus: null, gpus: null, memory: null, pools: new Map() },
  overrides: {},
  env: {},
  wantsGpus: true,
  listGpus: () => ['0', '1', '2'],
  ...more,
});

describe('measureMachine', () => {
  it('takes the GPUs that the driver lists, fewer where CUDA_VISIBLE_DEVICES says so', () => {
    assert.deepEqual(measureMachine(question()).devices, ['0', '1', '2']);
    const visible = (ids: string): readonly string[] =>
      measureMachine(question({ env: { CUDA_VISIBLE_DEVICES: ids } })).devices;
    assert.deepEqual(visible('2, GPU-1a'), ['2', 'GPU-1a']);
    assert.deepEqual(visible('1,-1,2'), ['1']);
    assert.deepEqual(visible(''), []);
  });

  it('does not search for GPUs when nobody asks for one', () => {
    const machine = measureMachine(question({ wantsGpus: false, listGpus: () => assert.fail('searched') }));
    assert.equal(machine.totals['gpus'], 0);
  });

  it('believes the command line before the settings, and those before the machine', () => {
    const settings = { cpus: 3, gpus: 1, memory: 100, pools: new Map([['licence', 4]]) };
    const fromSettings = measureMachine(question({ settings }));
    assert.deepEqual(fromSettings.totals, { cpus: 3, gpus: 1, memory: 100, licence: 4 });
    assert.deepEqual(fromSettings.devices, ['0']);
    const overrides = { gpus: 2, licence: 1 };
    assert.deepEqual(measureMachine(question({ settings, overrides, jobs: 7 })).totals, {
      cpus: 7,
      gpus: 2,
      memory: 100,
      licence: 1,
    });
  });

  it('counts GPUs from 0 when more are said to be there than it sees', () => {
    assert.deepEqual(measureMachine(question({ overrides: { gpus: 2 }, listGpus: () => [] })).devices, ['0', '1']);
  });
});

describe('describeExcess', () => {
  const pipeline = makePipeline('.', { big: { cmd: 'true', cpus: 8 }, small: { cmd: 'true' } });
  const excess = (cpus: number, cores: number): string | null =>
    describeExcess(pipeline.instances.values(), { totals: { cpus }, devices: [] }, cores);

  it('names what asks for more cores than the machine has, but not for more than -j allows', () => {
    assert.match(excess(4, 4) ?? '', /^pipeline\.yaml:1: big needs 8 cpus, and there are 4 cpus\n.*--resources cpus=N/);
    assert.equal(excess(2, 8), null);
    assert.equal(excess(8, 2), null);
  });
});

describe('Devices', () => {
  it('gives a device to one at a time', () => {
    const devices = new Devices(['0', '1', '2']);
    const first = devices.take(2);
    assert.deepEqual(devices.environment(first), { CUDA_VISIBLE_DEVICES: '0,1' });
    assert.deepEqual(devices.take(1), ['2']);
    devices.giveBack(first);
    assert.deepEqual(devices.take(1), ['0']);
    assert.deepEqual(devices.environment([]), {});
  });
});

describe('parseAmounts', () => {
  it('reads counts, and memory with its unit', () => {
    assert.deepEqual(parseAmounts('gpus=2, licence=1,memory=8GB'), { gpus: 2, licence: 1, memory: 8e9 });
  });

  it('says what it expected', () => {
    for (const text of ['gpus', 'gpus=two', 'gpus=-1', 'cpus=0', 'memory=lots', '']) {
      assert.throws(() => parseAmounts(text), /expected NAME=AMOUNT with commas between/, text);
    }
  });
});
