/** One training from the start to rest, with a view of it now and then. */
import * as tf from '@tensorflow/tfjs';
import { learningRateSchedule, trainingRecipe } from 'tfjs-bnn';
import type { Gate } from './gate';
import { buildNet, setToPrior } from './nets';
import { pictureOf } from './pictureOf';
import type { Problem } from './problem';
import type { Progress, View } from './protocol';

/** Steps of a training, each of all points at once. */
export const STEPS = 600;
/** Part of the steps over which the KL comes in. */
const KL_WARMUP = 0.5;

export interface Course {
  gate: Gate;
  pace: { readonly milliseconds: number };
  signal: AbortSignal;
  show: (view: View) => void;
  /** @defaultValue STEPS */
  steps?: number;
}

export async function learn(problem: Problem, course: Course): Promise<void> {
  const net = buildNet(problem);
  try {
    await trained(net, problem, course);
  } finally {
    net.optimizer.dispose();
    net.dispose();
  }
}

async function trained(net: tf.Sequential, problem: Problem, course: Course): Promise<void> {
  const { points, options } = problem;
  const { gate, pace, signal, show } = course;
  const steps = points.length === 0 ? 0 : (course.steps ?? STEPS);
  // Nothing to learn from: the posterior is the prior.
  if (steps === 0) setToPrior(net);
  const now: Progress = { step: 0, steps, nll: undefined, kl: undefined };
  let [shown, cost] = [0, 0];
  const view = async (): Promise<void> => {
    const start = performance.now();
    const picture = await pictureOf(net, problem);
    if (!signal.aborted) show({ progress: { ...now }, picture });
    shown = performance.now();
    cost = shown - start;
  };

  await view();
  if (steps === 0 || signal.aborted) return;

  const watch = new tf.CustomCallback({
    async onEpochBegin() {
      await gate.pass();
      // Those who wait outside, with new orders, come first.
      if (performance.now() - heard > 15) heard = await nextTurn();
      if (signal.aborted) net.stopTraining = true;
    },
    async onEpochEnd(epoch, logs) {
      Object.assign(now, { step: epoch + 1, nll: logs?.nll ?? logs?.loss, kl: logs?.kl });
      if (signal.aborted) net.stopTraining = true;
      // Looking takes no more time than learning, and rest is looked at in any case.
      const isDue = performance.now() - shown > Math.max(pace.milliseconds, cost);
      if (!signal.aborted && (isDue || gate.isShut || now.step === steps)) await view();
    },
  });
  let heard = performance.now();
  const [x, y] = tensorsOf(problem);
  const recipe =
    options.layers === 'plain'
      ? [learningRateSchedule()]
      : trainingRecipe(net, { epochs: steps, datasetSize: points.length, klWarmup: KL_WARMUP, quiet: true });
  try {
    // Not shuffled, for which fit takes Math.random: no training could be repeated.
    const common = { epochs: steps, batchSize: points.length, shuffle: false, verbose: 0 } as const;
    await net.fit(x, y, { ...common, yieldEvery: 'never', callbacks: [...recipe, watch] });
  } finally {
    tf.dispose([x, y]);
  }
}

/** Regression: x [N, 1] and targets [N, 1]; classification: features [N, 2] and one-hot classes [N, 2]. */
function tensorsOf({ mode, points }: Problem): [tf.Tensor2D, tf.Tensor2D] {
  if (mode === 'regression')
    return [tf.tensor2d(points.map(({ x }) => [x])), tf.tensor2d(points.map(({ y }) => [y]))];
  return [
    tf.tensor2d(points.map(({ x, y }) => [x, y])),
    tf.tensor2d(points.map(({ label }) => (label === 0 ? [1, 0] : [0, 1]))),
  ];
}

const nextTurn = (): Promise<number> =>
  new Promise((resolve) => setTimeout(() => resolve(performance.now()), 0));
