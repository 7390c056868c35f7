import assert from 'node:assert/strict';
import { overhear } from '../../overhear.ts';
import fc from 'fast-check';
import { type Binding, UPDATE } from '../../../../src/compute/native/graph/binding.ts';
import { StepBinding } from '../../../../src/compute/native/graph/step-binding.ts';

import { FAKE_MESSAGES, FakeTensorFlow } from './fake-tensorflow.ts';

/** A training of one weight of four numbers, step by step, through the binding that the backend would use. */
class Training {
  readonly tensorflow = new FakeTensorFlow();
  readonly binding: Binding;
  readonly steps: ReturnType<StepBinding['steps']>;
  weight: number;
  velocity: number;
  /** The arrays it has made tensors of, and what was in them. */
  readonly arrays: { readonly array: Float32Array; readonly before: number[] }[] = [];

  constructor(asGraphs: boolean) {
    const steps = new StepBinding(this.tensorflow, asGraphs ? FAKE_MESSAGES : null);
    this.binding = steps.binding();
    this.steps = steps.steps();
    this.weight = this.floats([1, 2, 3, 4]);
    this.velocity = this.floats([0, 0, 0, 0]);
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): number {
    const array = Float32Array.from(values);
    this.arrays.push({ array, before: [...array] });
    return this.binding.createTensor(shape, this.tensorflow.TF_FLOAT, array);
  }

  run(name: string, ...inputs: number[]): number {
    return this.binding.executeOp(name, [], inputs, 1)[0]!.id;
  }

  /** Moves the weight against a gradient, as an optimiser does. */
  update(gradient: number, rate: number): void {
    const numbers = [this.floats([rate], []), gradient, this.floats([0.5], [])];
    const inputs = [this.weight, this.velocity, ...numbers];
    const made = this.binding.executeOp(`${UPDATE}ResourceApplyMomentum`, [], inputs, 2);
    this.delete(this.weight, this.velocity, numbers[0]!, numbers[2]!);
    [this.weight, this.velocity] = made.map(({ id }) => id) as [number, number];
  }

  delete(...ids: number[]): void {
    for (const id of ids) this.binding.deleteTensor(id);
  }

  read(id: number): number[] {
    return this.binding.tensorDataSync(id) as number[];
  }

  /** loss = sum(w * x), a step down its gradient x. */
  step(x: readonly number[], rate = 0.1): number {
    return this.steps.run(() => {
      const input = this.floats(x);
      const product = this.run('Mul', this.weight, input);
      const loss = this.run('Sum', product);
      this.update(input, rate);
      this.delete(input, product);
      return loss;
    });
  }

  /** What is left when all that the test knows of is gone. */
  leftBehind(...ids: number[]): number {
    this.delete(this.weight, this.velocity, ...ids);
    this.steps.dispose();
    return this.tensorflow.tensors.size + this.tensorflow.models.size;
  }
}

const X = [1, 0, -1, 2];

describe('steps as graphs', () => {
  it('runs every step after the first as one graph, with the values that single operations give', () => {
    const training = new Training(true);
    const losses = [0.1, 0.1, 0.2, 0.2].map((rate) => {
      training.tensorflow.calls = { operations: 0, graphs: 0 };
      return training.read(training.step(X, rate))[0];
    });
    // By hand: the gradient is X, with X * X = 6 in sum; the velocity is X times 1, 1.5, 1.75.
    const expected = [6, 6 - 0.6, 6 - 0.6 - 0.9, 6 - 0.6 - 0.9 - 2.1];
    losses.forEach((loss, index) => assert.ok(Math.abs(loss! - expected[index]!) < 1e-6, `${index}: ${loss}`));
    assert.deepEqual(training.tensorflow.calls, { operations: 0, graphs: 1 });
  });

  it('gives the values of single operations for any steps, and leaves nothing behind', () => {
    const operation = fc.record({ name: fc.constantFrom('Add', 'Mul', 'Sub', 'Halves', 'Reshape', 'Sum'), left: fc.nat(), right: fc.nat(), readBack: fc.boolean(), kept: fc.boolean() }); // prettier-ignore
    const program = fc.array(operation, { minLength: 1, maxLength: 8 });
    const plan = fc.record({
      programs: fc.array(program, { minLength: 1, maxLength: 2 }),
      order: fc.array(fc.record({ program: fc.nat(), fails: fc.boolean(), restores: fc.boolean() }), { minLength: 2, maxLength: 7 }), // prettier-ignore
    });
    const play = (asGraphs: boolean, { programs, order }: typeof plan extends fc.Arbitrary<infer T> ? T : never) => {
      const training = new Training(asGraphs);
      const kept: number[] = [];
      const seen: number[][] = [];
      const takeStep = (operations: (typeof programs)[number], number: number, fails: boolean): void => {
        const input = training.floats([number, 1, -number / 4, 0.5]);
        const own = [input];
        const fours = [input];
        for (const { name, left, right, readBack, kept: keep } of operations) {
          const all = [training.weight, training.velocity, ...fours];
          const [a, b] = [all[left % all.length]!, all[right % all.length]!];
          let made: number[];
          if (name === 'Halves') made = training.binding.executeOp(name, [], [a], 2).map(({ id }) => id);
          else if (name === 'Sum') made = [training.run(name, a)];
          else if (name === 'Reshape') {
            const shape = training.binding.createTensor([1], training.tensorflow.TF_INT32, Int32Array.from([4]));
            made = [training.run(name, a, shape)];
            training.delete(shape);
          } else made = [training.run(name, a, b)];
          if (name !== 'Halves' && name !== 'Sum') fours.push(made[0]!);
          if (readBack) seen.push(training.read(made[0]!));
          if (keep) kept.push(...made);
          else own.push(...made);
        }
        training.update(fours.at(-1)!, 0.01);
        training.delete(...own);
        if (fails) throw new Error('on purpose');
      };
      const said = overhear(() => {
        order.forEach(({ program, fails, restores }, number) => {
          if (restores) {
            training.delete(training.weight);
            training.weight = training.floats([4, 3, 2, number]);
          }
          try {
            training.steps.run(() => takeStep(programs[program % programs.length]!, number, fails));
          } catch (error) {
            assert.equal((error as Error).message, 'on purpose');
          }
          if (number % 3 === 2) seen.push(training.read(training.weight));
        });
      });
      assert.match(said, /^(This training is slower.*\n)*$/);
      seen.push(...kept.map((id) => training.read(id)), training.read(training.weight), training.read(training.velocity)); // prettier-ignore
      for (const { array, before } of training.arrays) assert.deepEqual([...array], before);
      return { seen, left: training.leftBehind(...kept) };
    };
    fc.assert(
      fc.property(plan, (plan) => {
        const [graphs, single] = [play(true, plan), play(false, plan)];
        assert.deepEqual(graphs.seen, single.seen);
        // Single operations keep the two resources that all updates share.
        assert.ok(graphs.left <= 2 && single.left <= 2, `${graphs.left}, ${single.left}`);
      }),
      { numRuns: 200 },
    );
  });

  it('changes a weight in place, but not one that somebody still holds', () => {
    const training = new Training(true);
    for (let i = 0; i < 3; i++) training.delete(training.step(X));
    const before = training.weight;
    const input = training.floats(X);
    training.steps.run(() => {
      // As `step` does, but the old weight stays.
      const product = training.run('Mul', training.weight, input);
      training.delete(training.run('Sum', product), product);
      const numbers = [training.floats([0.1], []), input, training.floats([0.5], [])];
      const made = training.binding.executeOp(`${UPDATE}ResourceApplyMomentum`, [], [training.weight, training.velocity, ...numbers], 2); // prettier-ignore
      training.delete(training.velocity, numbers[0]!, numbers[2]!);
      [training.weight, training.velocity] = made.map(({ id }) => id) as [number, number];
    });
    // The velocity was X times 1, 1.5 and 1.75 so far, and 1.875 in the last step.
    const after = (factor: number): number[] => [1, 2, 3, 4].map((value, index) => value - 0.1 * factor * X[index]!);
    const isNear = (id: number, expected: readonly number[]): void =>
      training.read(id).forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) < 1e-6));
    isNear(before, after(4.25));
    isNear(training.weight, after(6.125));
    assert.equal(training.leftBehind(before, input), 2, 'but for the resources of updates that ran by themselves');
  });

  it('goes on from values that are set from outside, and shows them', () => {
    const training = new Training(true);
    for (let i = 0; i < 3; i++) training.delete(training.step(X));
    training.delete(training.weight, training.velocity);
    training.weight = training.floats([1, 2, 3, 4]);
    training.velocity = training.floats([0, 0, 0, 0]);
    assert.deepEqual(training.read(training.step(X)), [6]);
    assert.deepEqual(training.read(training.velocity), X);
    const expected = [1, 2, 3, 4].map((value, index) => value - 0.1 * X[index]!);
    training.read(training.weight).forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) < 1e-6));
  });

  it('records a step of another shape anew', () => {
    const training = new Training(true);
    const step = (name: string): number[] => {
      const id = training.steps.run(() => training.run(name, training.weight, training.weight));
      const values = training.read(id);
      training.delete(id);
      return values;
    };
    for (let i = 0; i < 3; i++) assert.deepEqual(step('Add'), [2, 4, 6, 8]);
    for (let i = 0; i < 3; i++) assert.deepEqual(step('Mul'), [1, 4, 9, 16]);
    // What these operations give is known beforehand, so that not one of them had to run by itself.
    assert.deepEqual(training.tensorflow.calls, { operations: 0, graphs: 6 });
  });

  it('says in one line that it goes on operation by operation where steps are all different', () => {
    const training = new Training(true);
    const names = ['Add', 'Mul', 'Sub'];
    const said = overhear(() => {
      for (let i = 0; i < 20; i++) {
        training.delete(training.steps.run(() => training.run(names[i % 3]!, training.weight, training.weight)));
      }
    });
    assert.match(said, /^This training is slower.* \(6 of them were all different\)\.\n$/);
  });

  it('does not foresee what depends on values', () => {
    const training = new Training(true);
    const said = overhear(() => {
      for (const values of [[1, -1], [1, 1], [-1, -1]]) {
        const found = training.steps.run(() => {
          const input = training.floats(values);
          const where = training.run('Where', input);
          training.delete(input);
          return where;
        });
        assert.equal(training.read(found).length, values.filter((value) => value > 0).length);
      }
    }); // prettier-ignore
    assert.match(said, /^This training is slower.* \(what Where gives cannot be foreseen\)\.\n$/);
  });

  it('computes on where TensorFlow takes no graph, and says why in one line', () => {
    const training = new Training(true);
    training.tensorflow.refuses = true;
    let losses: number[] = [];
    const said = overhear(() => {
      losses = [0.1, 0.1, 0.1].map((rate) => training.read(training.step(X, rate))[0]!);
    });
    assert.match(said, /^This training is slower.* \(Failed to load SavedModel: it was refused\)\.\n$/);
    assert.ok(Math.abs(losses[2]! - (6 - 0.6 - 0.9)) < 1e-6);
  });

  it('keeps a truth value and whole numbers of 64 bits that a step makes', () => {
    const training = new Training(true);
    const { TF_BOOL, TF_INT64 } = training.tensorflow;
    for (let i = 0; i < 3; i++) {
      const ids = training.steps.run(() => {
        const kept = [training.binding.createTensor([2], TF_BOOL, Uint8Array.from([1, 0])), training.binding.createTensor([], TF_INT64, Int32Array.from([7, 0]))]; // prettier-ignore
        training.delete(training.run('Sum', training.weight));
        return [...kept, training.run('Sum', training.weight)];
      });
      assert.deepEqual(ids.map((id) => training.read(id)), [[1, 0], [7, 0], [10]]); // prettier-ignore
      training.delete(...ids);
    }
  });

  it('reads back what a step has made of nothing', () => {
    const training = new Training(true);
    for (let i = 0; i < 3; i++) {
      const id = training.steps.run(() => {
        const kept = training.binding.createTensor([2], training.tensorflow.TF_INT32, Int32Array.from([3, i]));
        assert.deepEqual(training.read(kept), [3, i]);
        return training.binding.createTensor([1], training.tensorflow.TF_INT32, Int32Array.from([i]));
      });
      assert.deepEqual(training.read(id), [i]);
    }
  });

  it('refuses a step within a step', () => {
    const training = new Training(true);
    assert.throws(() => training.steps.run(() => training.step(X)), /a step was begun within a step/);
    training.delete(training.step(X));
  });
});
