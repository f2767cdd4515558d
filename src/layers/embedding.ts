/** `tf.layers.embedding` with a posterior over its vectors. */
import * as tf from '@tensorflow/tfjs';
import { checkBoolean, checkEvery, checkPositiveInteger, refuse, shown, shownShape } from '../check';
import { embedding as embeddingMap } from '../maps/embedding';
import { brand } from './bayesian';
import { FamilyLayer, type Design } from './familyLayer';
import type { FamilyOptions } from './familyOptions';
import type { Initializer } from './initializer';
import { oneInput, type Shape } from './oneInput';
import { register } from './register';

export interface EmbeddingOptions extends Omit<
  FamilyOptions,
  'activation' | 'useBias' | 'kernelInitializer' | 'biasInitializer' | 'biasPrior' | 'biasPosterior'
> {
  /** Number of words V: the largest index + 1. */
  inputDim: number;
  /** Length of the vectors. */
  outputDim: number;
  /** Initial means, by the counterpart's name. @defaultValue 'randomUniform' */
  embeddingsInitializer?: Initializer;
  /** Is 0 no word but padding, which layers behind are told by a mask? @defaultValue false */
  maskZero?: boolean;
  /** Length of the series, where it is always the same. */
  inputLength?: number | number[];
}

const WHO = 'BayesianEmbedding';

/**
 * Input [B, ...] of whole numbers from 0 to V − 1, output [B, ..., outputDim]; the vectors are [V, outputDim].
 *
 * The local reparameterization draws a vector anew for each place of a word. `estimator: 'flipout'` or `'weightSpace'`
 * gives one word one vector throughout an example.
 */
export class BayesianEmbedding extends FamilyLayer {
  static className = WHO;

  private readonly sizes: { inputDim: number; outputDim: number };
  private readonly maskZero: boolean;

  constructor(options: EmbeddingOptions) {
    const {
      inputDim,
      outputDim,
      embeddingsInitializer = 'randomUniform',
      maskZero = false,
      inputLength,
      ...rest
    } = options ?? {};
    for (const option of NOT_HERE)
      if (option in rest) refuse(WHO, 'every option must be a known one', option);
    const family = {
      ...rest,
      ...{ activation: 'linear', useBias: false, kernelInitializer: embeddingsInitializer },
      // As TensorFlow.js has it.
      ...(rest.inputShape == null &&
        rest.batchInputShape == null && { batchInputShape: lengths(inputLength) }),
    } as FamilyOptions;
    super(WHO, family, { inputDim, outputDim, maskZero, inputLength });
    checkPositiveInteger(WHO, 'inputDim', inputDim);
    checkPositiveInteger(WHO, 'outputDim', outputDim);
    checkBoolean(WHO, 'maskZero', maskZero);
    this.sizes = { inputDim, outputDim };
    this.maskZero = maskZero;
    this.supportsMasking = maskZero;
  }

  override computeMask(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    // null is how TensorFlow.js says that there is none.
    if (!this.maskZero) return null as unknown as tf.Tensor;
    return tf.tidy(() => {
      const X = oneInput(this.name, inputs);
      return tf.notEqual(X, tf.zerosLike(X));
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const config = super.getConfig();
    const own = Object.entries(config).filter(([key]) => !NOT_HERE.includes(key));
    return { ...Object.fromEntries(own), embeddingsInitializer: config.kernelInitializer! };
  }

  protected override design(): Design {
    const { inputDim, outputDim } = this.sizes;
    return {
      map: embeddingMap,
      name: 'embeddings',
      kernel: [inputDim, outputDim],
      fanIn: 1,
      fanOut: outputDim,
      // A tenth of the size of the means, which are uniform in ±0.05.
      initialStddev: 0.003,
    };
  }

  protected override checkInput(X: tf.Tensor): void {
    const { inputDim } = this.sizes;
    if (X.dtype !== 'float32' && X.dtype !== 'int32')
      refuse(this.name, 'the input must be whole numbers', shown(X));
    if (X.rank === 0) refuse(this.name, 'the input must have rows', shownShape(X.shape));
    checkEvery(
      this.name,
      'the input',
      X,
      `must be whole numbers from 0 to ${inputDim - 1}`,
      (v) => Number.isInteger(v) && v >= 0 && v < inputDim,
    );
  }
}

/**
 * A Bayesian `tf.layers.embedding`: input [B, ...] of whole numbers below `inputDim`, output [B, ..., outputDim].
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range; when it is called, if a
 * number is no word.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   layers.embedding({ inputDim: 5000, outputDim: 16, inputLength: 20, estimator: 'flipout', datasetSize: 1000 }),
 *   tf.layers.globalAveragePooling1d({}),
 *   layers.dense({ units: 1, activation: 'sigmoid', datasetSize: 1000 }),
 * ] });
 */
export function embedding(options: EmbeddingOptions): BayesianEmbedding {
  return new BayesianEmbedding(options);
}

/** What others of the family have, and vectors that are looked up have not. */
const NOT_HERE = [
  'activation',
  'useBias',
  'kernelInitializer',
  'biasInitializer',
  'biasPrior',
  'biasPosterior',
];

const lengths = (inputLength: number | number[] | undefined): Shape => [
  null,
  ...[inputLength ?? null].flat(),
];

brand(BayesianEmbedding);
register(BayesianEmbedding);
