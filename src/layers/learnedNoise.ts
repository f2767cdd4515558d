/**
 * LearnedNoise: one stddev of the noise for all examples, as a trainable weight beside the weights of the net.
 *
 *     [mean_1 … mean_K]  ↦  [mean_1 … mean_K, raw … raw],     stddev = 1e-6 + softplus(raw)
 *
 * The last layer of a regression: `gaussianNLL({stddev: 'output'})` reads the noise from the output, so that learned
 * noise and noise that the net predicts for each example are one likelihood. The stddev is a point estimate (type II
 * maximum likelihood): it has no prior and no share of the KL.
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, checkKeys, checkPositive, isGone, refuse, shown, shownShape } from '../check';
import { MIN_STDDEV, rawScaleOf } from '../likelihoods/scale';
import { checkLayerArgs, LAYER_ARGS, ownArgs, type LayerArgs } from './layerArgs';
import { oneInput, oneShape, type Shape } from './oneInput';
import { register } from './register';
import { optionsOfFormat, savedConfig } from './savedFormat';
import { watchForUnreadScales } from './unreadScale';

export interface LearnedNoiseOptions extends LayerArgs {
  /** The stddev (not variance) to start from, in the unit of the targets, above 1e-6. @defaultValue 1 */
  stddev?: number;
}

/** See `savedFormat.ts`. */
const FORMAT = 1;

const WHO = 'LearnedNoise';

/**
 * Input [..., K] of rank 2 or more, output [..., 2K]: the input, and its one weight `raw_scale` [1] in K columns.
 *
 * It tells TensorFlow.js no length of its last axis, [..., null], so that `fit` and `evaluate` take targets [..., K]: they
 * compare targets with that shape before any loss is asked.
 *
 * @example
 * const noise = new LearnedNoise({ stddev: 0.5 });
 * noise.build([null, 1]);
 * const output = noise.apply(tf.ones([4, 1])); // [4, 2]: means and raw scales
 */
export class LearnedNoise extends tf.layers.Layer {
  static className = 'LearnedNoise';

  private readonly initialStddev: number;
  private raw_scale: tf.LayerVariable | undefined;

  /** @throws if the stddev is not a finite number above 1e-6, or an option is unknown. */
  constructor(options: LearnedNoiseOptions = {}) {
    checkKeys(WHO, options, ['stddev', ...LAYER_ARGS]);
    const { stddev = 1 } = options;
    checkLayerArgs(WHO, options);
    checkPositive(WHO, 'stddev', stddev);
    if (stddev <= MIN_STDDEV)
      refuse(WHO, `stddev must be above ${MIN_STDDEV}`, shown(stddev), 'scale the targets to the order of 1');
    super(ownArgs(options));
    this.initialStddev = stddev;
    this.supportsMasking = true;
    watchForUnreadScales();
  }

  override build(inputShape: Shape | Shape[]): void {
    this.computeOutputShape(inputShape);
    const value = rawScaleOf(this.initialStddev);
    this.raw_scale = this.addWeight('raw_scale', [1], 'float32', tf.initializers.constant({ value }));
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const mean = oneInput(this.name, inputs);
      checkFloat32(this.name, 'the input', mean);
      this.computeOutputShape(mean.shape);
      // A sum and not tf.broadcastTo, whose gradient fails on an axis of length 1.
      return tf.concat([mean, tf.add(tf.zerosLike(mean), this.weight())], -1);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = oneShape(WHO, inputShape);
    if (shape.length < 2 || shape.at(-1) == null)
      refuse(WHO, 'the input must have at least two axes, the last of known length', shownShape(shape));
    return [...shape.slice(0, -1), null];
  }

  /**
   * The stddev as it is now, a fresh scalar in the unit of the targets.
   *
   * @example
   * const noise = learnedNoise({ stddev: 0.5 });
   * noise.build([null, 1]);
   * noise.stddev().print(); // 0.5
   */
  stddev(): tf.Scalar {
    return tf.tidy(() => tf.reshape(tf.add(tf.softplus(this.weight()), MIN_STDDEV), []));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return savedConfig({ ...super.getConfig(), stddev: this.initialStddev }, FORMAT);
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(optionsOfFormat(WHO, FORMAT, config));
  }

  private weight(): tf.Tensor {
    if (this.raw_scale !== undefined && isGone(this.raw_scale))
      refuse(this.name, 'the layer must not be disposed of', 'one that is disposed of');
    return (
      this.raw_scale ??
      refuse(this.name, 'the layer must be built first', 'no input yet', 'add it to a model')
    ).read();
  }
}

/**
 * The last layer of a regression whose noise is one stddev, trained with the net: input [..., K], output [..., 2K]. The
 * stddev is a point estimate, without a prior or a share of the KL. `fit` warns where it is told a loss of TensorFlow.js, e.g.
 * `meanSquaredError`: none of them reads it.
 *
 * @throws if the stddev is not a finite number above 1e-6, or an option is unknown.
 *
 * @example
 * const noise = learnedNoise({ stddev: 0.3 });
 * const model = tf.sequential({ layers: [layers.dense({ units: 1, inputShape: [1], datasetSize: 64 }), noise] });
 * model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: gaussianNLL({ stddev: 'output' }) });
 * await model.fit(x, y, { epochs: 10 }); // y [N, 1]
 * noise.stddev().print();
 */
export function learnedNoise(options?: LearnedNoiseOptions): LearnedNoise {
  return new LearnedNoise(options);
}

register(LearnedNoise);
