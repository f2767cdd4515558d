import * as tf from '@tensorflow/tfjs';
import { restoreCheckpoint } from '../../src/checkpoint/savedTraining';
import { sealed, type State } from '../../src/checkpoint/sealed';
import { expectCleanRejection } from '../helpers/leaks';
import { make, net, saved, slotsOf, train, weightsOf } from '../helpers/slotNets';
import { collectWarnings } from '../helpers/warnings';

describe('restoreCheckpoint', () => {
  beforeAll(() => tf.setBackend('cpu'));
  collectWarnings();

  type Artifacts = Omit<tf.io.ModelArtifacts, 'weightSpecs' | 'weightData'> & {
    weightSpecs: tf.io.WeightsManifestEntry[];
    weightData: ArrayBuffer;
  };
  const isSlot = ({ group }: tf.io.WeightsManifestEntry): boolean => group === 'optimizer';
  const lastSpec = (a: Artifacts): tf.io.WeightsManifestEntry => a.weightSpecs.at(-1)!;
  const shorter = (a: Artifacts, specs: number, bytes: number): void => {
    a.weightSpecs.splice(-specs);
    a.weightData = a.weightData.slice(0, -bytes);
  };
  const patch = (a: Artifacts, at: number, value: number): void => {
    new Float32Array(a.weightData)[at] = value;
  };

  /** Damage under a right checksum, as another program could write it. */
  const damages: Array<[string, string, (a: Artifacts, s: State) => void]> = [
    ['no specs', 'the specs of its weights are needed', (a) => (a.weightSpecs = undefined as never)],
    ['no slots', 'which weight has it', (a) => shorter(a, 16, 56 * 4)],
    ['a missing slot', 'which weight has it', (a) => shorter(a, 1, 8)],
    // prettier-ignore
    ['a missing slot that is not listed', 'every kind of slot must be there', (a, s) => { shorter(a, 1, 8); s.slots!.pop(); }],
    // prettier-ignore
    ['a slot too many', 'which weight has it', (a) => { a.weightSpecs.push(lastSpec(a)); a.weightData = new Float32Array([...new Float32Array(a.weightData), 1, 1]).buffer; }],
    [
      'a slot of another shape',
      'must be of dtype float32 and shape [2]',
      (a) => (lastSpec(a).shape = [1, 2]),
    ],
    [
      'a slot of another dtype',
      'must be of dtype float32 and shape [2]',
      (a) => (lastSpec(a).dtype = 'int32'),
    ],
    ['an unknown dtype', 'a dtype of float32, int32 or bool', (a) => (lastSpec(a).dtype = 'string')],
    ['a shape that is none', 'a weight is saved with its name, its shape', (a) => (lastSpec(a).shape = [-2])],
    ['a huge shape', 'its weights must reach to the end', (a) => (lastSpec(a).shape = [1e12])],
    // prettier-ignore
    ['no count of steps', 'the count of steps must be saved', (a) => { a.weightSpecs.splice(a.weightSpecs.findIndex(isSlot), 1); a.weightData = a.weightData.slice(4); }],
    [
      'a count of steps below 0',
      'the count of steps must be saved',
      (a) => new Int32Array(a.weightData).fill(-1, 28, 29),
    ],
    [
      'too many bytes',
      'its weights must be',
      (a) => (a.weightData = new ArrayBuffer(a.weightData.byteLength + 4)),
    ],
    ['a weight that is NaN', 'must be finite everywhere, got a value of NaN', (a) => patch(a, 0, NaN)],
    ['an infinite slot', 'must be finite everywhere, got a value of Infinity', (a) => patch(a, 30, Infinity)],
    ['no epoch', 'its epoch must be a whole number', (_, s) => (s.epoch = undefined as never)],
    ['an epoch that is no number', 'its epoch must be a whole number', (_, s) => (s.epoch = '3' as never)],
    [
      'slots of other kinds',
      'the optimizer keeps the slots',
      (_, s) => s.slots!.forEach((slot) => (slot.kind += 'x')),
    ],
    ['a slot of no weight', 'each slot must belong to a weight', (_, s) => (s.slots![0]!.of = 99)],
    ['a slot that is null', 'each slot must belong to a weight', (_, s) => (s.slots![0] = null as never)],
    ['slots that are no list', 'which weight has it', (_, s) => (s.slots = {} as never)],
    [
      'a weight twice',
      'the saved weights must be those of the model',
      (_, s) => (s.variables![1] = s.variables![0]!),
    ],
    ['weights that are no list', 'where it stands', (_, s) => (s.variables = 3 as never)],
  ];

  test.each(damages)(
    'refuses %s, and leaves model and optimizer as they were',
    async (_, message, damage) => {
      const { there } = await saved();
      const artifacts = structuredClone(await there.load!()) as Artifacts;
      const [state] = Object.values(artifacts.userDefinedMetadata!) as [State];
      const { checksum: _sum, ...rest } = state;
      damage(artifacts, rest);
      const other = net(make);
      await train(other, 1);
      const before = [weightsOf(other), await slotsOf(other)];
      const handler = tf.io.fromMemory(sealed(artifacts, rest));
      await expectCleanRejection(() => restoreCheckpoint(other, handler), message);
      expect([weightsOf(other), await slotsOf(other)]).toEqual(before);
    },
  );
});
