/** Both nets' answers to one image, with the time that each takes. */
import * as tf from '@tensorflow/tfjs';
import { predictive } from 'tfjs-bnn';
import { PIXELS } from './image';
import type { Nets } from './nets';
import type { Prediction, Questions } from './protocol';

export async function predict(
  { bayesian, plain }: Nets,
  { image, draws, seed }: Questions['predict'],
): Promise<Prediction> {
  const x = tf.tensor2d(image, [1, PIXELS]);
  const answers = {
    bayesian: await timed(() => ofBayesian(bayesian, x, draws, seed)),
    plain: await timed(() => ofPlain(plain, x)),
  };
  x.dispose();
  return { ...answers, tensors: tf.memory().numTensors };
}

type Bayesian = Omit<Prediction['bayesian'], 'milliseconds'>;
type Plain = Omit<Prediction['plain'], 'milliseconds'>;

async function ofBayesian(
  model: tf.LayersModel,
  x: tf.Tensor,
  samples: number,
  seed: number,
): Promise<Bayesian> {
  const found = await predictive(model, x, { samples, seed, draws: true });
  const { total, aleatoric, epistemic } = found.entropy();
  const tensors = [found.mean(), found.draws(), total, aleatoric, epistemic];
  found.dispose();
  const [mean, draws, ...entropies] = await valuesOf(tensors);
  const [t, a, e] = entropies.map((one) => one[0]!);
  return {
    mean: mean!,
    draws: Array.from({ length: samples }, (_, s) =>
      draws!.slice((s * draws!.length) / samples, ((s + 1) * draws!.length) / samples),
    ),
    total: t!,
    aleatoric: a!,
    epistemic: e!,
  };
}

async function ofPlain(model: tf.LayersModel, x: tf.Tensor): Promise<Plain> {
  const [probabilities] = await valuesOf([model.predict(x) as tf.Tensor]);
  const entropy = probabilities!.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return { probabilities: probabilities!, entropy };
}

/** Their numbers; the tensors are given away. */
async function valuesOf(tensors: tf.Tensor[]): Promise<number[][]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return values.map((numbers) => Array.from(numbers));
}

async function timed<T extends object>(answer: () => Promise<T>): Promise<T & { milliseconds: number }> {
  const start = performance.now();
  return { ...(await answer()), milliseconds: performance.now() - start };
}
