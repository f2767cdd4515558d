/**
 * HiddenLayerDistribution: the distribution over the outputs of one dense layer with Gaussian weights.
 *
 * It is Pyro's `pyro.contrib.bnn.HiddenLayer`, option for option: for A ~ Normal(A_mean, A_scale²) and the prior
 * Normal(0, A_prior_scale²),
 *
 *     output   = non_linearity(X · A)                  drawn through the pre-activations, see `estimators/`
 *     log_prob = −KL_factor · KL                       see `gaussian/kl.ts`
 *
 * with a column of ones behind the output, so that the last row of the *next* layer's weights is its bias.
 * Where it departs from Pyro: it never builds a [B, D, H] tensor, its gradients are finite where a variance is
 * zero, the KL keeps its digits where posterior and prior nearly agree, and shapes are checked.
 */
import * as tf from '@tensorflow/tfjs';
import { appendOnes } from './numerics/columnOfOnes';
import {
  checkBoolean,
  checkBroadcasts,
  checkFloat32,
  checkKeys,
  checkNotNegative,
  checkScales,
  checkSeed,
  checkTensorsAlive,
  isLive,
  isTensor,
  refuse,
  sameShape,
  shown,
  shownShape,
} from './check';
import { checkRoom } from './kernels/room';
import { klFromPrior, lnScaleRatio } from './gaussian/kl';
import { plainPriorScale, type PlainPriorScale, type PriorScale } from './layers/prior';
import { seedSequence, standardNormal, type Seeds } from './noise/noise';
import type { Estimator } from './estimators/estimator';
import { local } from './estimators/local';
import { weightSpace } from './estimators/weightSpace';
import { dense } from './maps/dense';

export interface HiddenLayerDistributionOptions {
  /** The inputs [...B, D], float32: at least two axes. The caller keeps owning every tensor given here. */
  X: tf.Tensor;
  /** Means of the weights [D, H]. */
  A_mean: tf.Tensor;
  /** Stddevs (not variances, not logarithms) of the weights [D, H], above 0. */
  A_scale: tf.Tensor;
  /** Applied to the pre-activations [..., H]; keeps their shape. @defaultValue `tf.relu` */
  non_linearity?: (z: tf.Tensor) => tf.Tensor;
  /**
   * Scales the KL in `log_prob`. 1 for a likelihood summed over all data; Pyro's advice for a likelihood *summed*
   * over a mini-batch is batch size / dataset size; for one *averaged* over a mini-batch it is 1 / dataset size.
   * @defaultValue 1
   */
  KL_factor?: number;
  /** Stddev of the prior: a number, or a tensor or nested arrays that broadcast to [D, H]. @defaultValue 1 */
  A_prior_scale?: tf.Tensor | PriorScale;
  /** Append a column of ones to the output, behind the non-linearity. @defaultValue true */
  include_hidden_bias?: boolean;
  /** Draw one A for all rows instead of each pre-activation by itself. @defaultValue false */
  weight_space_sampling?: boolean;
  /** Makes the sequence of draws reproducible; any whole number. Not in Pyro. @defaultValue a different one each time */
  seed?: number;
}

const WHO = 'HiddenLayerDistribution';
const KEYS = [
  ...['X', 'A_mean', 'A_scale', 'non_linearity', 'KL_factor', 'A_prior_scale'],
  ...['include_hidden_bias', 'weight_space_sampling', 'seed'],
];

/**
 * The distribution of `non_linearity(X · A)`, A ~ Normal(A_mean, A_scale²).
 *
 * It holds no tensor of its own: nothing has to be disposed of but what its methods return. Scales between 1e-18 and
 * 1e18 are supported; squares leave float32 beyond.
 *
 * @throws if a shape, dtype or value breaks a rule above. Values of A_scale and A_prior_scale are looked at where that
 * is no download from a GPU: on cpu, wasm and native, not on webgl and webgpu.
 *
 * @example
 * const weights = { A_mean: tf.ones([3, 2]), A_scale: tf.fill([3, 2], 0.1) };
 * const distribution = new HiddenLayerDistribution({ X: tf.ones([5, 3]), ...weights, seed: 1 });
 * console.log(distribution.rsample().shape); // [5, 3]
 */
export class HiddenLayerDistribution {
  readonly X: tf.Tensor;
  readonly A_mean: tf.Tensor;
  readonly A_scale: tf.Tensor;
  readonly non_linearity: (z: tf.Tensor) => tf.Tensor;
  readonly KL_factor: number;
  readonly A_prior_scale: tf.Tensor | PlainPriorScale;
  readonly include_hidden_bias: boolean;
  readonly weight_space_sampling: boolean;
  private readonly estimator: Estimator;
  private readonly seeds: Seeds;

  constructor(options: HiddenLayerDistributionOptions) {
    checkKeys(WHO, options, KEYS);
    const {
      X,
      A_mean,
      A_scale,
      non_linearity = tf.relu,
      KL_factor = 1,
      A_prior_scale = 1,
      include_hidden_bias = true,
      weight_space_sampling = false,
      seed,
    } = options;
    checkWeights(X, A_mean, A_scale);
    if (typeof non_linearity !== 'function')
      refuse(
        WHO,
        'non_linearity must be a function from tensor to tensor',
        shown(non_linearity),
        'give e.g. tf.tanh',
      );
    checkNotNegative(WHO, 'KL_factor', KL_factor);
    const prior = checkedPrior(A_prior_scale, A_mean);
    checkBoolean(WHO, 'include_hidden_bias', include_hidden_bias);
    checkBoolean(WHO, 'weight_space_sampling', weight_space_sampling);
    if (seed !== undefined) checkSeed(WHO, seed);

    this.X = X;
    this.A_mean = A_mean;
    this.A_scale = A_scale;
    this.non_linearity = non_linearity;
    this.KL_factor = KL_factor;
    this.A_prior_scale = prior;
    this.include_hidden_bias = include_hidden_bias;
    this.weight_space_sampling = weight_space_sampling;
    this.estimator = weight_space_sampling ? weightSpace : local;
    this.seeds = seedSequence(seed);
  }

  /**
   * Draws outputs, differentiable in X, A_mean and A_scale.
   *
   * @param sampleShape axes of independent draws, in front. @defaultValue `[]`: one draw
   * @param options.noise the ε to use instead of fresh ones: [...sampleShape, ...B, H], with weight_space_sampling
   * [...sampleShape, D, H]. It stays the caller's.
   * @returns [...sampleShape, ...B, H], with include_hidden_bias H + 1; the caller's to dispose of.
   *
   * @example
   * const weights = { A_mean: tf.ones([3, 2]), A_scale: tf.ones([3, 2]) };
   * const distribution = new HiddenLayerDistribution({ X: tf.ones([5, 3]), ...weights });
   * console.log(distribution.rsample([10]).shape); // [10, 5, 3]
   */
  rsample(sampleShape: readonly number[] = [], options: { noise?: tf.Tensor } = {}): tf.Tensor {
    checkSampleShape(sampleShape);
    checkKeys(WHO, options, ['noise']);
    const { noise } = options;
    const { X, A_mean, A_scale } = this;
    checkTensorsAlive(WHO, 'X, A_mean and A_scale', [X, A_mean, A_scale]);
    const [ofOneDraw] = this.estimator.noise(dense, X.shape, [A_mean.shape]);
    const noiseShape = [...sampleShape, ...ofOneDraw!];
    if (noise !== undefined) checkShape('noise', noise, noiseShape);
    // Noise and what it is multiplied with; pre-activations and output.
    checkRoom(WHO, noiseShape, 3);
    checkRoom(WHO, [...sampleShape, ...X.shape.slice(0, -1), A_mean.shape[1]!], 3);
    return tf.tidy(() => {
      const epsilon = noise ?? standardNormal(noiseShape, this.seeds());
      const z = this.preactivations(sampleShape, epsilon);
      const h = this.non_linearity(z);
      if (!isLive(h) || !sameShape(h.shape, z.shape))
        refuse(WHO, `non_linearity must keep the shape ${shownShape(z.shape)}`, shown(h));
      return this.include_hidden_bias ? appendOnes(h) : h.clone();
    });
  }

  /** z [...sampleShape, ...B, H] */
  private preactivations(sampleShape: readonly number[], epsilon: tf.Tensor): tf.Tensor {
    const { X, A_mean, A_scale, estimator } = this;
    const [D, H] = A_mean.shape as [number, number];
    // As a matrix, whatever the rank of X: not every backend broadcasts more than four axes.
    const rows = tf.reshape(X, [X.size / D, D]);
    const weights = { mean: [A_mean], spread: [estimator.power === 2 ? tf.square(A_scale) : A_scale] };
    const [ofOneDraw] = estimator.noise(dense, rows.shape, [A_mean.shape]);
    const S = tf.util.sizeFromShape([...sampleShape]);
    const z =
      S === 1
        ? estimator.draw(dense, rows, weights, [tf.reshape(epsilon, ofOneDraw!)])
        : estimator.draws(dense, rows, weights, [tf.reshape(epsilon, [S, ...ofOneDraw!])]);
    return tf.reshape(z, [...sampleShape, ...X.shape.slice(0, -1), H]);
  }

  /**
   * As `rsample`, without a gradient.
   *
   * @example
   * const weights = { A_mean: tf.ones([3, 2]), A_scale: tf.ones([3, 2]) };
   * const distribution = new HiddenLayerDistribution({ X: tf.ones([5, 3]), ...weights });
   * distribution.sample([1000]).mean(0).print();
   */
  sample(sampleShape: readonly number[] = [], options: { noise?: tf.Tensor } = {}): tf.Tensor {
    return withoutGradient(() => this.rsample(sampleShape, options));
  }

  /**
   * −KL_factor · KL in nats, a fresh scalar, as Pyro defines it: the same for every value.
   *
   * @param value an output of `rsample`: [...sampleShape, ...B, H or H + 1]; only its shape is looked at.
   *
   * @example
   * const weights = { A_mean: tf.ones([3, 2]), A_scale: tf.ones([3, 2]) };
   * const distribution = new HiddenLayerDistribution({ X: tf.ones([5, 3]), ...weights, KL_factor: 0.1 });
   * distribution.log_prob(distribution.sample()).print(); // -0.3
   */
  log_prob(value: tf.Tensor): tf.Scalar {
    const event = [...this.X.shape.slice(0, -1), this.A_mean.shape[1]! + (this.include_hidden_bias ? 1 : 0)];
    if (!isTensor(value) || !sameShape(value.shape.slice(-event.length), event))
      refuse(WHO, `value must have the shape [..., ${event.join(', ')}] of a draw`, shown(value));
    return tf.tidy(() => tf.reshape(tf.mul(-this.KL_factor, this.kl()), []));
  }

  /**
   * KL of the weights' posterior from their prior in nats, a sum over all D·H weights; a fresh scalar, differentiable in
   * A_mean and A_scale.
   *
   * @example
   * const weights = { A_mean: tf.ones([3, 2]), A_scale: tf.ones([3, 2]) };
   * new HiddenLayerDistribution({ X: tf.ones([5, 3]), ...weights }).kl().print(); // 3
   */
  kl(): tf.Scalar {
    checkTensorsAlive(WHO, 'A_mean and A_scale', [this.A_mean, this.A_scale]);
    return tf.tidy(() => {
      const p = asTensor(this.A_prior_scale);
      return klFromPrior(this.A_mean, lnScaleRatio(this.A_scale, p), p);
    });
  }
}

function checkWeights(X: tf.Tensor, A_mean: tf.Tensor, A_scale: tf.Tensor): void {
  for (const [name, tensor] of Object.entries({ X, A_mean, A_scale })) {
    checkFloat32(WHO, name, tensor);
  }
  if (A_mean.rank !== 2 || A_mean.size === 0)
    refuse(WHO, 'A_mean must have the shape [D, H], D and H at least 1', shownShape(A_mean.shape));
  if (!sameShape(A_scale.shape, A_mean.shape)) {
    const transposed = sameShape([...A_scale.shape].reverse(), A_mean.shape);
    refuse(
      WHO,
      `A_scale must have the shape of A_mean ${shownShape(A_mean.shape)}`,
      shownShape(A_scale.shape),
      transposed ? 'transpose it?' : undefined,
    );
  }
  if (X.rank < 2)
    refuse(
      WHO,
      'X must have at least two axes [B, D]',
      shownShape(X.shape),
      'one example is X.expandDims(0)',
    );
  if (X.size === 0) refuse(WHO, 'X must hold at least one example', shownShape(X.shape));
  if (X.shape.at(-1) !== A_mean.shape[0])
    refuse(
      WHO,
      `the last axis of X must be as long as A_mean ${shownShape(A_mean.shape)} has rows`,
      shownShape(X.shape),
    );
  checkScales(WHO, 'A_scale', A_scale);
}

/** A tensor stays the caller's and a variable may change; arrays are copied. */
function checkedPrior(given: tf.Tensor | PriorScale, A_mean: tf.Tensor): tf.Tensor | PlainPriorScale {
  const prior = isTensor(given) ? given : plainPriorScale(WHO, 'A_prior_scale', given);
  if (isTensor(prior)) checkFloat32(WHO, 'A_prior_scale', prior);
  tf.tidy(() => {
    const p = asTensor(prior);
    checkBroadcasts(WHO, 'A_prior_scale', p.shape, 'A_mean', A_mean.shape);
    checkScales(WHO, 'A_prior_scale', p);
  });
  return prior;
}

function checkSampleShape(sampleShape: readonly number[]): void {
  if (!Array.isArray(sampleShape) || !sampleShape.every((n) => Number.isSafeInteger(n) && n >= 1))
    refuse(
      WHO,
      'sampleShape must be an array of whole numbers of at least 1',
      shown(sampleShape),
      'e.g. [20]',
    );
}

function checkShape(name: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (!isTensor(tensor) || !sameShape(tensor.shape, shape))
    refuse(WHO, `${name} must have the shape ${shownShape(shape)}`, shown(tensor));
  checkFloat32(WHO, name, tensor);
}

const asTensor = (value: tf.Tensor | PlainPriorScale): tf.Tensor =>
  isTensor(value) ? value : tf.tensor(value);

/** Runs f with the gradient tape off: what it returns is a constant to the derivative. */
const withoutGradient = (f: () => tf.Tensor): tf.Tensor =>
  tf.customGrad(() => ({ value: f(), gradFunc: () => [] }))();
