/** Layers of any configuration on their way through a file: the same config, weights and predictions. */
import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, learnedNoise, predictive, type HiddenLayerOptions } from '../../src';
import { startBackend } from '../helpers/eachBackend';
import { artifactsOf, throughFile } from '../helpers/savedModels';
import { judge } from './judge';
import { cases, TIMEOUT } from './runs';
import { violationOf } from './invariants';
import { weightsOf } from './world';

const D = 3;
const ROWS = 2;

type Options = Record<string, unknown>;

const scale = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
const array = (length: number): fc.Arbitrary<number[]> =>
  fc.array(scale, { minLength: length, maxLength: length });

/** Of [rows, units], in all its forms. */
const priors = (rows: number, units: number): fc.Arbitrary<unknown> =>
  fc.oneof(
    scale,
    array(units),
    array(1),
    array(units).map((row) => [row]),
    fc.array(array(1), { minLength: rows, maxLength: rows }),
    fc.array(array(units), { minLength: rows, maxLength: rows }),
    array(units).map((row) => new Float32Array(row)),
  );

const initializers = fc.oneof(
  fc.constantFrom<unknown>('zeros', 'ones', 'glorotUniform', 'heNormal', 'leCunNormal'),
  fc.record({ value: scale }).map((config) => tf.initializers.constant(config)),
  fc
    .record({ mean: scale, stddev: scale, seed: fc.nat() })
    .map((config) => tf.initializers.randomNormal(config)),
);

/** TensorFlow.js writes keys and values in snake_case: words of every form. */
const names = fc.oneof(
  fc.stringMatching(/^[a-zA-Z][\w]{0,12}$/),
  fc.constantFrom('A_mean', 'aMean', 'KL_factor', 'constructor', 'toString', 'x/y'),
);

/** All that may be said of a HiddenLayer that gets `width` columns. */
const sound = (width: number): fc.Arbitrary<Options> =>
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()).chain(([units, include_input_bias]) =>
    fc
      .tuple(
        fc.record(
          {
            klWeight: fc.double({ min: 0, max: 10, noNaN: true }),
            A_prior_scale: priors(width + Number(include_input_bias), units),
            non_linearity: fc.constantFrom(
              'relu',
              'tanh',
              'linear',
              'softplus',
              'gelu_new',
              'hardSigmoid',
              'softmax',
            ),
            include_hidden_bias: fc.boolean(),
            weight_space_sampling: fc.boolean(),
            A_mean_initializer: initializers,
            A_scale_initializer: scale,
            seed: fc.maxSafeInteger(),
            trainable: fc.boolean(),
            name: names,
          },
          { requiredKeys: [] },
        ),
        fc.oneof(
          fc.record({ datasetSize: fc.integer({ min: 1, max: 1e9 }) }),
          fc.record({ KL_factor: fc.double({ min: 0, max: 10, noNaN: true }) }),
          fc.constant({}),
        ),
      )
      .map(([options, factor]) => ({ units, include_input_bias, ...options, ...factor })),
  );

/** One option is not what it should be, or there is one that nobody knows. */
const damaged = fc
  .tuple(
    sound(D),
    fc.nat(),
    fc.oneof(
      fc.constantFrom<unknown>(
        NaN,
        Infinity,
        -1,
        0,
        null,
        '',
        'x',
        [],
        [[]],
        {},
        [1, [2]],
        [[1], [1, 2]],
        1n,
        1e-46,
      ),
      fc.jsonValue({ maxDepth: 2 }),
    ),
    fc.constantFrom('unit', 'prior_scale', 'constraint', '__proto__', 'name'),
  )
  .map(([options, which, value, unknown]): Options => {
    const keys = [...Object.keys(options), unknown];
    return { ...options, [keys[which % keys.length]!]: value };
  });

const noises = fc.record({ stddev: scale, trainable: fc.boolean() }, { requiredKeys: [] });

const INPUT = { inputShape: [D] };

/** A net of one HiddenLayer, and behind it a noise where one is given. */
function netOf(options: Options, noise: Options | undefined): tf.Sequential {
  const layers: tf.layers.Layer[] = [hiddenLayer({ ...options, ...INPUT } as unknown as HiddenLayerOptions)];
  if (noise !== undefined) layers.push(learnedNoise(noise));
  return tf.sequential({ layers });
}

async function predictionOf(model: tf.LayersModel): Promise<unknown> {
  const x = tf.ones([ROWS, D]);
  const prediction = await predictive(model, x, { samples: 3, seed: 5 });
  const mean = prediction.mean();
  const numbers = Array.from(mean.dataSync());
  prediction.dispose();
  tf.dispose([x, mean]);
  return numbers;
}

const numbersOf = (model: tf.LayersModel): unknown =>
  weightsOf(model).map((w) => [w.shape, Array.from(w.dataSync())]);
const configOf = (model: tf.LayersModel): unknown => model.layers.map((layer) => layer.getConfig());

/** @throws if what comes back is another net. */
async function throughSaveAndLoad(options: Options, noise: Options | undefined): Promise<void> {
  const model = netOf(options, noise);
  try {
    const loaded = await tf.loadLayersModel(throughFile(await artifactsOf(model)));
    try {
      expect(configOf(loaded)).toEqual(configOf(model));
      expect(JSON.parse(JSON.stringify(configOf(model)))).toEqual(configOf(model));
      expect(numbersOf(loaded)).toEqual(numbersOf(model));
      expect(await predictionOf(loaded)).toEqual(await predictionOf(model));
    } finally {
      loaded.dispose();
    }
  } finally {
    model.dispose();
  }
}

describe.each([
  ['cpu', 300],
  ['wasm', 60],
])('layers through save and load [%s]', (backend, n) => {
  beforeAll(() => startBackend(backend));

  const attack = async (options: Options, noise?: Options, sound = false): Promise<void> => {
    const violation = await violationOf(
      { who: 'hiddenLayer', sound, call: () => throughSaveAndLoad(options, noise) },
      [],
    );
    judge('hiddenLayer', violation, `${fc.stringify(options)}, ${fc.stringify(noise)}`);
  };

  test(
    'every sound one comes back as it was',
    async () => {
      await fc.assert(
        fc.asyncProperty(sound(D), fc.option(noises, { nil: undefined }), (options, noise) =>
          attack(options, noise, true),
        ),
        cases(n / 2),
      );
    },
    TIMEOUT,
  );

  test(
    'one that is not quite sound is refused, or comes back as it was',
    async () => {
      await fc.assert(
        fc.asyncProperty(damaged, (options) => attack(options)),
        cases(n),
      );
    },
    TIMEOUT,
  );
});
