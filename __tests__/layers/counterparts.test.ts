/** Each layer of the family beside the one of `tf.layers` whose place it takes. */
import * as tf from '@tensorflow/tfjs';
import { layers } from '../../src';
import type { FamilyLayer } from '../../src/layers/familyLayer';
import { scattered } from '../helpers/closedForms';
import { eachBackend } from '../helpers/eachBackend';
import { expectAllClose } from '../helpers/toBeAllClose';

type Kind = Exclude<keyof typeof layers, 'bayesian'>;
type Options = Record<string, unknown>;

const ours = (kind: string, options: Options): FamilyLayer =>
  (layers as unknown as Record<Kind, (options: Options) => FamilyLayer>)[kind as Kind]({
    klFactor: 1,
    ...options,
  });
const theirs = (kind: string, options: Options): tf.layers.Layer =>
  (tf.layers as unknown as Record<Kind, (options: Options) => tf.layers.Layer>)[kind as Kind](options);

/** `dispose` is for layers that were called. */
const disposeWeights = (layer: FamilyLayer): void => {
  (layer as unknown as { disposeWeights: () => void }).disposeWeights();
};

const filled = (shape: number[], salt: number): tf.Tensor =>
  tf.tensor(scattered(1, tf.util.sizeFromShape(shape), salt)[0]!, shape);

interface Case {
  kind: string;
  options: Options;
  /** With the batch, channels last. */
  shape: number[];
}

const windows: Options[] = [
  {},
  { padding: 'same' },
  { strides: 2 },
  { strides: 2, padding: 'same', activation: 'relu' },
  { dilationRate: 2 },
  { dilationRate: 2, padding: 'same', useBias: false },
];
const formats = ['channelsLast', 'channelsFirst'] as const;

/** Every window in both formats. Dilated ones where the counterpart has them: that of depthwiseConv2d ignores them. */
const convolutions = (kind: string, shape: number[], own: Options): Case[] =>
  windows
    .filter(({ dilationRate }) => dilationRate === undefined || /^conv[12]d$/.test(kind))
    .flatMap((window) =>
      formats.map((dataFormat) => ({ kind, shape, options: { ...own, ...window, dataFormat } })),
    );

const CASES: Case[] = [
  { kind: 'dense', shape: [2, 3], options: { units: 4, activation: 'tanh' } },
  { kind: 'dense', shape: [2, 2, 3], options: { units: 4, useBias: false } },
  { kind: 'dense', shape: [2, 3], options: { units: 4, biasPosterior: 'deterministic' } },
  ...convolutions('conv1d', [2, 7, 3], { filters: 4, kernelSize: 3 }),
  ...convolutions('conv2d', [2, 7, 6, 3], { filters: 4, kernelSize: [3, 2] }),
  ...convolutions('conv3d', [2, 5, 6, 5, 2], { filters: 3, kernelSize: 2 }),
  ...convolutions('conv2dTranspose', [2, 4, 5, 3], { filters: 2, kernelSize: [3, 2] }),
  ...convolutions('depthwiseConv2d', [2, 7, 6, 3], { kernelSize: 3, depthMultiplier: 2 }),
];

const WITHOUT_POSTERIOR = ['biasPosterior'];
const counterpartOptions = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([key]) => !WITHOUT_POSTERIOR.includes(key)));

const shapeFor = ({ options, shape }: Case): number[] =>
  options.dataFormat === 'channelsFirst' ? [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)] : shape;

const titled = CASES.map(
  (c) => [`${c.kind} ${JSON.stringify(c.options)} of [${shapeFor(c).join(', ')}]`, c] as const,
);

/** Our layer with the counterpart's weights for means, and next to no spread. */
function withWeightsOf(plain: tf.layers.Layer, layer: FamilyLayer): void {
  tf.tidy(() => {
    const [kernel, bias] = plain.getWeights().map((w, i) => filled(w.shape, 20 + i));
    plain.setWeights(bias === undefined ? [kernel!] : [kernel!, bias]);
    const still = (mean: tf.Tensor): { mean: tf.Tensor; stddev: tf.Tensor } => ({
      mean,
      stddev: tf.fill(mean.shape, 1e-9),
    });
    const [first, second] = layer.gaussians().map(({ name }) => name);
    layer.setPosterior({ [first!]: still(kernel!), ...(second && { [second]: still(bias!) }) });
    if (bias === undefined || second !== undefined) return;
    const weights = layer.getWeights();
    layer.setWeights([...weights.slice(0, -1), bias]);
  });
}

eachBackend('A layer of the family has the numbers of its counterpart', () => {
  test.each(titled)('%s', (_, c) => {
    tf.tidy(() => {
      const plain = theirs(c.kind, counterpartOptions(c.options));
      const x = filled(shapeFor(c), 3);
      plain.build(x.shape);
      let expected = x;
      for (const estimator of ['local', 'flipout', 'weightSpace']) {
        const layer = ours(c.kind, { ...c.options, estimator });
        layer.build(x.shape);
        withWeightsOf(plain, layer);
        expected = plain.apply(x) as tf.Tensor;
        // It says that its channels come first, and returns them last.
        if (c.kind === 'conv1d' && c.options.dataFormat === 'channelsFirst')
          expected = expected.transpose([0, 2, 1]);
        expectAllClose(layer.apply(x) as tf.Tensor, expected, { rtol: 1e-5, atol: 1e-5 });
      }
      expect(expected.abs().max().dataSync()[0]).toBeGreaterThan(0.1);
    });
  });

  test('embedding', () => {
    tf.tidy(() => {
      const plain = theirs('embedding', { inputDim: 5, outputDim: 3 });
      plain.build([null, 4]);
      const layer = ours('embedding', { inputDim: 5, outputDim: 3 });
      layer.build([null, 4]);
      withWeightsOf(plain, layer);
      for (const dtype of ['int32', 'float32'] as const) {
        const x = tf.tensor2d([[0, 4, 2, 2], [1, 3, 0, 4]], [2, 4], dtype); // prettier-ignore
        expectAllClose(layer.apply(x) as tf.Tensor, plain.apply(x) as tf.Tensor);
      }
    });
  });
});

describe('A layer of the family has the output shape of its counterpart', () => {
  beforeAll(() => tf.setBackend('cpu'));

  const open = titled.map(([title, c]) => {
    const [, ...inner] = shapeFor(c);
    const channel = c.options.dataFormat === 'channelsFirst' ? 0 : inner.length - 1;
    return [title, c, [null, ...inner], [null, ...inner.map((n, i) => (i === channel ? n : null))]] as const;
  });

  test.each(open)('%s, with the batch open', (_, { kind, options }, shape) => {
    expect(ours(kind, options).computeOutputShape([...shape])).toEqual(
      theirs(kind, counterpartOptions(options)).computeOutputShape([...shape]),
    );
  });

  test.each(open)('%s, with all lengths open', (_, { kind, options }, __, shape) => {
    const out = ours(kind, options).computeOutputShape([...shape]);
    const known = ours(kind, options).computeOutputShape([...shape].map((n) => n ?? 9));
    expect(out).toHaveLength(known.length);
    const channel = options.dataFormat === 'channelsFirst' ? 1 : known.length - 1;
    out.forEach((n, i) => expect(n).toBe(i === channel ? known[i] : null));
  });
});

describe('The weights of a layer of the family', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test.each([
    ['conv2d', { filters: 2, kernelSize: 2 }, 'kernel'],
    ['conv2dTranspose', { filters: 2, kernelSize: 2 }, 'kernel'],
    ['depthwiseConv2d', { kernelSize: 2 }, 'depthwiseKernel'],
  ])('of %s are called by their names', (kind, options, kernel) => {
    const layer = ours(kind, { ...options, name: 'mine', prior: { stddev: [2] } });
    layer.build([null, 5, 5, 2]);
    const names = layer.weights.map(({ name }) => name.split('/').pop()!.replace(/_\d+$/, ''));
    expect(names).toEqual([
      ...[`${kernel}_mean`, `${kernel}_ln_stddev`, 'bias_mean', 'bias_ln_stddev'],
      `${kernel}_prior_stddev`,
    ]);
    expect(Object.keys(layer.posterior())).toEqual([kernel, 'bias']);
    disposeWeights(layer);
  });
});
