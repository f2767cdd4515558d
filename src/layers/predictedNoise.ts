/**
 * PredictedNoise: the end of a net whose outputs are K means and K raw scales, one pair for each example.
 *
 *     [mean_1 … mean_K, raw_1 … raw_K]  ↦  the same,     stddev = 1e-6 + softplus(raw)
 *
 * It changes no number. `fit` and `evaluate` compare targets with the shape of the outputs before any loss is asked, and
 * would refuse targets [B, K] of outputs [B, 2K]; this layer tells TensorFlow.js no length of its last axis.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, refuse, shownShape } from '../check';
import { copied } from './copied';
import { checkLayerArgs, LAYER_ARGS, ownArgs, type LayerArgs } from './layerArgs';
import { oneInput, oneShape, type Shape } from './oneInput';
import { register } from './register';
import { optionsOfFormat } from './savedFormat';
import { watchForUnreadScales } from './unreadScale';

/** See `savedFormat.ts`. */
const FORMAT = 1;

const WHO = 'PredictedNoise';

/**
 * Input [..., 2K] of rank 2 or more, output the same. No weights.
 *
 * @example
 * console.log(new PredictedNoise().computeOutputShape([null, 2])); // [null, null]
 */
export class PredictedNoise extends tf.layers.Layer {
  static className = 'PredictedNoise';

  /** @throws if an option is unknown. */
  constructor(options: LayerArgs = {}) {
    checkKeys(WHO, options, LAYER_ARGS);
    checkLayerArgs(WHO, options);
    super(ownArgs(options));
    this.supportsMasking = true;
    watchForUnreadScales();
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const output = oneInput(this.name, inputs);
      this.computeOutputShape(output.shape);
      return tf.clone(output);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = oneShape(WHO, inputShape);
    const width = shape.at(-1);
    if (shape.length < 2 || (width ?? 1) % 2 !== 0)
      refuse(
        WHO,
        'the input must hold K means and K raw scales [..., 2K]',
        shownShape(shape),
        'give the layer before it 2K units; learnedNoise() adds scales by itself',
      );
    return [...shape.slice(0, -1), null];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return copied({ ...super.getConfig(), format: FORMAT });
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(optionsOfFormat(WHO, FORMAT, config));
  }
}

/**
 * The last layer of a net that predicts the noise of each example (heteroscedastic noise), behind a layer of 2K units:
 * input [..., 2K], K means and K raw scales, and output the same, whose stddevs are 1e-6 + softplus(raw). It has no weights;
 * it lets `fit` and `evaluate` take targets [..., K]. `fit` warns as for `learnedNoise()`.
 *
 * @throws if an option is unknown; when it is built, if the last axis is of odd length.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   layers.dense({ units: 50, activation: 'relu', inputShape: [1], datasetSize: 64 }),
 *   layers.dense({ units: 2, datasetSize: 64 }), // a mean and a raw scale
 *   predictedNoise(),
 * ] });
 * model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: gaussianNLL({ stddev: 'output' }) });
 * await model.fit(x, y, { epochs: 10 }); // y [N, 1]
 */
export function predictedNoise(options?: LayerArgs): PredictedNoise {
  return new PredictedNoise(options);
}

register(PredictedNoise);
