/**
 * The predictive distribution as an estimate that improves while one watches it.
 *
 * After S draws the mean is off by about its standard error, √(variance / (S − 1)): the stream stops as soon as the
 * largest of them is small enough, or the time is up, or nobody wants to hear more.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositive, checkPositiveInteger, refuse } from '../check';
import { DRAWS_AT_ONCE } from '../noise/foldedNoise';
import { someBayesianLayers } from '../layers/bayesian';
import { ownArray, type Inputs } from './inputs';
import { Predictive } from './result';
import { ownCopy, Sampling, SAMPLING_OPTIONS, type SamplingOptions } from './sampling';

export interface PredictiveStreamOptions extends SamplingOptions {
  /**
   * The largest standard error of any mean that is good enough, in the unit of `mean()`.
   * @defaultValue none: it never is
   */
  tolerance?: number;
  /**
   * Milliseconds from the first step on: no step is begun that is not expected to end before, but for the first one.
   * @defaultValue none
   */
  deadline?: number;
  /** No more draws than this. @defaultValue none */
  maxSamples?: number;
}

/** What is known after the draws so far. */
export class Estimate extends Predictive {
  constructor(
    outputs: Sampling['outputs'],
    /** The largest standard error of any mean. */
    readonly largestError: number,
    /** Why the stream ends with this one, if it does. */
    readonly stopped: 'tolerance' | 'deadline' | 'maxSamples' | undefined,
  ) {
    super(outputs);
  }
}

const WHO = 'predictiveStream';

/**
 * Draws on and on, as `predictive` does, and hands out what is known so far, until a standard error is met, a deadline
 * comes or the caller breaks out of the loop. Without tolerance, deadline and maxSamples it is up to the caller alone.
 *
 * An estimate belongs to the stream: it holds until the next one is asked for, and is disposed of with everything else
 * when the loop ends, however that is. What its methods return is the caller's.
 *
 * @throws the options' errors at once; those of x, as `predictive` has them, at the first step.
 *
 * @example
 * for await (const estimate of predictiveStream(model, xNew, { tolerance: 0.01, deadline: 100 })) {
 *   estimate.mean().print(); // better and better
 *   if (estimate.stopped === 'deadline') console.log(`still off by about ${estimate.largestError}`);
 * }
 */
export function predictiveStream(
  model: tf.LayersModel,
  x: Inputs,
  options: PredictiveStreamOptions = {},
): AsyncGenerator<Estimate, void, undefined> {
  checkKeys(WHO, options, [...SAMPLING_OPTIONS, 'tolerance', 'deadline', 'maxSamples']);
  const { tolerance, deadline, maxSamples } = options;
  if (tolerance !== undefined) checkPositive(WHO, 'tolerance', tolerance);
  if (deadline !== undefined) checkPositive(WHO, 'deadline', deadline);
  if (maxSamples !== undefined) checkPositiveInteger(WHO, 'maxSamples', maxSamples);
  if (maxSamples === 1) refuse(WHO, 'maxSamples must be at least 2, for a standard error', '1');
  someBayesianLayers(WHO, model);
  return estimates(model, ownArray(x), ownCopy(options));
}

async function* estimates(
  model: tf.LayersModel,
  x: Inputs,
  options: PredictiveStreamOptions,
): AsyncGenerator<Estimate, void, undefined> {
  const { tolerance = 0, deadline = Infinity, maxSamples = Infinity } = options;
  const start = Date.now();
  const sampling = await Sampling.of(WHO, model, x, options);
  try {
    let samples = 0;
    let stopped: Estimate['stopped'];
    while (stopped === undefined) {
      const began = Date.now();
      const step = Math.min(stepAfter(samples, sampling.drawsAtOnce), maxSamples - samples);
      for (let batch = 0; batch < sampling.batches; batch++) await sampling.draw(batch, samples, step);
      samples += step;
      for (let batch = 0; batch < sampling.batches; batch++) await sampling.checkFinite(batch);

      const error = await largestError(sampling.outputs);
      const next = Math.min(stepAfter(samples, sampling.drawsAtOnce), maxSamples - samples);
      const expectedEnd = Date.now() - start + ((Date.now() - began) * next) / step;
      if (error <= tolerance) stopped = 'tolerance';
      else if (samples >= maxSamples) stopped = 'maxSamples';
      else if (expectedEnd > deadline) stopped = 'deadline';
      yield new Estimate(sampling.outputs, error, stopped);
    }
  } finally {
    sampling.dispose({ outputs: true });
  }
}

/** Steps grow with what is known, so that looking at it takes a small part of the time; never more than half of it. */
const stepAfter = (samples: number, drawsAtOnce: number): number =>
  Math.min(drawsAtOnce, Math.max(1, Math.floor(samples / 2 / DRAWS_AT_ONCE)) * DRAWS_AT_ONCE);

async function largestError(outputs: Sampling['outputs']): Promise<number> {
  const whole = new Predictive(outputs);
  const largest = tf.tidy(() =>
    tf.max(tf.stack(outputs.map((_, i) => tf.max(whole.output(i).standardError())))),
  );
  const [error] = await largest.data();
  largest.dispose();
  return error!;
}
