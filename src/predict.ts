/**
 * The predictive distribution of a model with Bayesian layers: what it expects, and how unsure it is of that.
 *
 *     p(y | x) = E_A[ p(y | x, A) ]  ≈  1/S Σ_s p(y | x, A_s)
 *
 * For outputs that are class probabilities, the entropy of the mean splits into what the data leave open and what the
 * weights leave open (Houlsby et al. 2011, arXiv:1112.5745, eq. 2; Depeweg et al. 2018, arXiv:1710.07283, eq. 6):
 *
 *     H[ E p ]  =  E H[ p ]  +  ( H[ E p ] − E H[ p ] )
 *     total        aleatoric    epistemic                      nats
 */
import * as tf from '@tensorflow/tfjs';
import {
  checkBoolean,
  checkKeys,
  checkPositiveInteger,
  checkSeed,
  isTensor,
  refuse,
  shown,
  shownShape,
} from './check';
import { entropy, splitEntropy, type EntropySplit } from './entropy';
import { someBayesianLayers, type BayesianLayer } from './layers/bayesian';
import { warnOfBiases } from './layers/warnings';
import { foldIn, seedSequence, type Seeds } from './noise';
import { RunningMoments } from './runningMoments';

export interface PredictiveOptions {
  /** Number of draws S. @defaultValue 20 */
  samples?: number;
  /** Makes the draws reproducible; any whole number. @defaultValue a different one each time */
  seed?: number;
  /** Rows that go through the model at once. @defaultValue 256 */
  batchSize?: number;
  /** Keep all draws, S × N × outputs numbers, for `draws()`. @defaultValue false */
  draws?: boolean;
}

const WHO = 'predictive';

/**
 * Averages draws of a model's output, each with its own draw of every Bayesian layer.
 *
 * @param model any `tf.LayersModel` with one output that holds Bayesian layers anywhere, nested ones too.
 * @param x what the model takes: a tensor, or an array of them for several inputs; rows first. It stays the caller's.
 * @returns a `Predictive`, to be disposed of.
 * @throws if the model holds no Bayesian layer, has several outputs, or x is empty or holds a NaN.
 */
export async function predictive(
  model: tf.LayersModel,
  x: tf.Tensor | tf.Tensor[],
  options: PredictiveOptions = {},
): Promise<Predictive> {
  checkKeys(WHO, options, ['samples', 'seed', 'batchSize', 'draws']);
  const { samples = 20, seed = seedSequence()(), batchSize = 256, draws = false } = options;
  checkPositiveInteger(WHO, 'samples', samples);
  checkPositiveInteger(WHO, 'batchSize', batchSize);
  checkSeed(WHO, seed);
  checkBoolean(WHO, 'draws', draws);
  const layers = someBayesianLayers(WHO, model);
  const xs = await checkedInputs(model, x);
  warnOfBiases(model);

  const gathered = new Gathered(draws);
  try {
    for (let s = 0; s < samples; s++) {
      const seeds = layers.map((_, i) => foldIn(foldIn(seed, i), s));
      await gathered.add(oneDraw(model, layers, xs, seeds, batchSize));
    }
  } catch (error) {
    gathered.dispose();
    throw error;
  }
  return new Predictive(gathered);
}

/**
 * What `predictive` found. Every method makes fresh tensors that are the caller's; `dispose` frees what is held here.
 */
export class Predictive {
  constructor(private readonly gathered: Gathered) {}

  /** The predictive mean, [N, ...outputs]: for class probabilities the predictive probabilities. */
  mean(): tf.Tensor {
    return this.gathered.outputs.mean();
  }

  /** Variance (not stddev) of the output over the draws, 1/S Σ (y_s − mean)², [N, ...outputs]: its epistemic part. */
  variance(): tf.Tensor {
    return this.gathered.outputs.variance();
  }

  /**
   * The entropy of the predictive and its two parts, nats, each [N].
   *
   * @throws if the outputs are not class probabilities: rows [N, C ≥ 2], none negative, with the sum 1.
   */
  entropy(): EntropySplit {
    if (!this.gathered.categorical)
      refuse(
        WHO,
        'an entropy needs outputs that are class probabilities',
        'rows that do not sum to 1',
        'let the model end in softmax',
      );
    return tf.tidy(() => splitEntropy(this.mean(), this.gathered.entropies.mean()));
  }

  /** Every draw, [S, N, ...outputs]. @throws if the option `draws` did not ask for them. */
  draws(): tf.Tensor {
    if (!this.gathered.keep)
      refuse(
        WHO,
        'the draws are kept only where they are asked for',
        'no draws: true',
        'predictive(model, x, {draws: true})',
      );
    return tf.stack(this.gathered.draws);
  }

  dispose(): void {
    this.gathered.dispose();
  }
}

/** The draws as they come in: their moments, and themselves where they are asked for. */
class Gathered {
  readonly outputs = new RunningMoments();
  readonly entropies = new RunningMoments();
  readonly draws: tf.Tensor[] = [];
  categorical = false;

  constructor(readonly keep: boolean) {}

  /** Takes a draw over: it is kept here or disposed of. */
  async add(y: tf.Tensor): Promise<void> {
    if (this.outputs.count === 0) this.categorical = await isCategorical(y);
    tf.tidy(() => {
      this.outputs.add(y.expandDims(0));
      if (this.categorical) this.entropies.add(entropy(y).expandDims(0));
    });
    if (this.keep) this.draws.push(y);
    else y.dispose();
  }

  dispose(): void {
    tf.dispose([this.draws]);
    this.outputs.dispose();
    this.entropies.dispose();
  }
}

/** One draw of the output for all rows, in batches. */
function oneDraw(
  model: tf.LayersModel,
  layers: BayesianLayer[],
  xs: tf.Tensor[],
  seeds: number[],
  batchSize: number,
): tf.Tensor {
  const rows = xs[0]!.shape[0];
  const parts: tf.Tensor[] = [];
  for (let start = 0; start < rows; start += batchSize) {
    // One A for all rows must be the same one in every batch; noise for each row must not be.
    const sequences = layers.map((layer, i) =>
      seedSequence(layer.weight_space_sampling ? seeds[i]! : foldIn(seeds[i]!, start)),
    );
    const part = tf.tidy(() => {
      const batch = xs.map((x) => x.slice(start, Math.min(batchSize, rows - start)));
      // One object for the pass: by it the layers know the calls that belong together.
      const pass = {};
      return withSeeds(layers, sequences, () => model.apply(batch, pass) as tf.Tensor);
    });
    parts.push(part);
  }
  const outputs = tf.concat(parts, 0);
  tf.dispose(parts);
  return outputs;
}

/** Runs f with the noise of each layer taken from its own sequence. */
function withSeeds<T>(layers: BayesianLayer[], sequences: Seeds[], f: () => T): T {
  return layers.reduce((run, layer, i) => () => layer.withSeeds(sequences[i]!, run), f)();
}

async function checkedInputs(model: tf.LayersModel, x: tf.Tensor | tf.Tensor[]): Promise<tf.Tensor[]> {
  if (model.outputs.length !== 1)
    refuse(
      WHO,
      'the model must have one output',
      String(model.outputs.length),
      'make a tf.model with the one you want',
    );
  const xs = Array.isArray(x) ? x : [x];
  if (xs.length !== model.inputs.length || !xs.every(isTensor))
    refuse(WHO, `x must be ${model.inputs.length} tensor(s)`, shown(x));
  for (const [i, input] of model.inputs.entries()) {
    const { shape } = xs[i]!;
    const fits =
      shape.length === input.shape.length && input.shape.every((n, k) => n === null || n === shape[k]);
    if (!fits) refuse(WHO, `x must have the shape ${shownShape(input.shape)}`, shownShape(shape));
    if (shape[0] !== xs[0]!.shape[0] || shape[0] === 0)
      refuse(WHO, 'x must have rows, as many in every input', shownShape(shape));
  }
  if (await someNaN(xs)) refuse(WHO, 'x must hold numbers', 'a NaN', 'fill in or leave out missing values');
  return xs;
}

async function someNaN(xs: tf.Tensor[]): Promise<boolean> {
  const found = tf.tidy(() => tf.stack(xs.map((x) => tf.any(tf.isNaN(x.toFloat())))).any());
  const [bad] = await found.data();
  found.dispose();
  return bad === 1;
}

/** Rows [N, C ≥ 2] of which none is negative and each has the sum 1, to a thousandth. */
async function isCategorical(y: tf.Tensor): Promise<boolean> {
  if (y.rank !== 2 || y.shape[1]! < 2) return false;
  const probabilities = tf.tidy(() =>
    tf.logicalAnd(tf.greaterEqual(y.min(), 0), tf.less(tf.abs(tf.sub(y.sum(1), 1)).max(), 1e-3)),
  );
  const [yes] = await probabilities.data();
  probabilities.dispose();
  return yes === 1;
}
