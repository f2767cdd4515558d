/** A user's function that throws in the middle of a step: nothing stays behind that a plain layer would not leave. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, type HiddenLayer } from '../../src/layers/hidden';
import { eachBackend } from '../helpers/eachBackend';
import { expectCleanThrow } from '../helpers/leaks';
import { squares } from '../helpers/modelData';
import { expectAllClose } from '../helpers/toBeAllClose';
import { collectWarnings } from '../helpers/warnings';

const warnings = collectWarnings();

/** Throws when it is told to. */
class Throwing extends tf.layers.Layer {
  static className = 'Throwing';
  constructor(private readonly fuse: { lit: boolean }) {
    super({});
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => burn(this.fuse, tf.square([inputs].flat()[0]!)));
  }
}

function burn(fuse: { lit: boolean }, z: tf.Tensor): tf.Tensor {
  if (fuse.lit) throw new Error('boom');
  return z;
}

interface Net {
  model: tf.LayersModel;
  fuse: { lit: boolean };
  layers: HiddenLayer[];
}

interface Options {
  weight_space_sampling?: boolean;
  A_prior_scale?: number | number[];
}

/** @param thrower what of it throws: the activation of the last layer, or the loss. */
function ours(options: Options, thrower: 'activation' | 'loss' = 'activation'): Net {
  const fuse = { lit: false };
  const said = { KL_factor: 0.5, include_input_bias: false, include_hidden_bias: false, ...options };
  const layers = [
    hiddenLayer({ ...said, units: 3, inputShape: [4], non_linearity: 'tanh' }),
    hiddenLayer({
      ...{ ...said, units: 3 },
      non_linearity: (z) => (thrower === 'activation' ? burn(fuse, tf.square(z)) : tf.square(z)),
    }),
  ];
  return { model: compiled(layers, thrower === 'loss' ? fuse : undefined), fuse, layers };
}

function plain(thrower: 'activation' | 'loss' = 'activation'): Net {
  const fuse = { lit: false };
  const dense = (inputShape?: number[]): tf.layers.Layer =>
    tf.layers.dense({ units: 3, activation: 'relu', ...(inputShape ? { inputShape } : {}) });
  const layers = thrower === 'activation' ? [dense([4]), dense(), new Throwing(fuse)] : [dense([4]), dense()];
  return { model: compiled(layers, thrower === 'loss' ? fuse : undefined), fuse, layers: [] };
}

function compiled(layers: tf.layers.Layer[], fuseOfLoss = { lit: false }): tf.LayersModel {
  const model = tf.sequential({ layers });
  model.compile({ optimizer: tf.train.sgd(0), loss: (y, p) => burn(fuseOfLoss, squares(y, p)) });
  return model;
}

eachBackend('a step that throws', () => {
  async function leftBy({ model, fuse }: Net): Promise<number> {
    const [xs, ys] = [tf.ones([5, 4]), tf.ones([5, 3])];
    fuse.lit = false;
    await model.trainOnBatch(xs, ys);
    const before = tf.memory().numTensors;
    fuse.lit = true;
    for (let i = 0; i < 3; i++) await expect(model.trainOnBatch(xs, ys)).rejects.toThrow('boom');
    const left = tf.memory().numTensors - before;
    tf.dispose([xs, ys]);
    return left;
  }

  describe.each(['activation', 'loss'] as const)('in the %s', (thrower) => {
    test.each<Options>([{}, { weight_space_sampling: true }, { A_prior_scale: [1, 2, 3] }])(
      'leaves no more tensors than a plain net does: %j',
      async (options) => {
        expect(await leftBy(ours(options, thrower))).toBeLessThanOrEqual(await leftBy(plain(thrower)));
      },
    );

    test('leaves as many with arrays for a prior as with a number, in weight space too', async () => {
      for (const weight_space_sampling of [false, true]) {
        const left = (A_prior_scale: number | number[]): Promise<number> =>
          leftBy(ours({ weight_space_sampling, A_prior_scale }, thrower));
        expect(await left([1, 2, 3])).toBe(await left(2));
      }
    });
  });

  test('leaves none where no gradient is asked for', () => {
    const { model, fuse } = ours({});
    const x = tf.ones([5, 4]);
    tf.dispose(model.predict(x));
    fuse.lit = true;
    expectCleanThrow(() => model.predict(x), 'boom');
    expectCleanThrow(() => model.apply(x, { training: true }), 'boom');
    x.dispose();
  });

  test('spoils no later pass: the KL is due once, the draws go on, nothing is warned of', async () => {
    for (const weight_space_sampling of [false, true]) {
      const { model, fuse, layers } = ours({ weight_space_sampling });
      const kwargs = { training: true };
      tf.tidy(() => {
        const x = tf.ones([5, 4]);
        const w = layers.flatMap((layer) => layer.weights.map((weight) => weight.read() as tf.Variable));
        const outputs: tf.Tensor[] = [];
        const pass = (): tf.Scalar => {
          const y = model.apply(x, kwargs) as tf.Tensor;
          outputs.push(tf.keep(y.clone()));
          return tf.addN([tf.mul(0, y.sum()), ...model.calculateLosses()]).asScalar();
        };
        const kl = tf.addN(layers.map((layer) => layer.kl())).mul(0.5);
        for (const lit of [false, true, true, false]) {
          fuse.lit = lit;
          if (lit) {
            expect(() => tf.variableGrads(pass, w)).toThrow('boom');
            model.calculateLosses().forEach((loss) => expectAllClose(loss, 0));
          } else expectAllClose(tf.variableGrads(pass, w).value, kl, { rtol: 1e-5 });
        }
        expect(outputs[1]!.arraySync()).not.toEqual(outputs[0]!.arraySync());
        outputs.forEach((y) => y.dispose());
      });
    }
    expect(await warnings()).toEqual([]);
  });
});
