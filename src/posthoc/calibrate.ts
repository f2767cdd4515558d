/**
 * Calibration after training: the one number that makes held-out targets most likely.
 *
 *     temperature, scale  =  argmin  −1/N Σ_i ln p(y_i | x_i; ·)
 *
 * (Guo et al. 2017, arXiv:1706.04599, section 4.2; Laves et al. 2020, "Well-calibrated regression uncertainty in medical
 * imaging with deep learning", eq. 8, whose closed form is that of one Gaussian: here p is the mixture of the draws.) With
 * one number little can be fitted too well: a scale from N examples is off by about 1/√(2N) of itself. Kuleshov et al. 2018
 * (arXiv:1807.00263) fit a whole curve of levels instead, which asks for more examples and leaves no density.
 */
import type * as tf from '@tensorflow/tfjs';
import { checkKeys, checkModel, refuse, shown } from '../check';
import { familyOf } from '../families/familyOf';
import { minimumOnALine } from '../numerics/minimum';
import { GREATEST, LEAST, setCalibration, type Calibration } from '../predict/givenCalibration';
import type { Inputs } from '../predict/inputs';
import { predictive, type PredictiveOptions } from '../predict/predictive';
import type { Predictive } from '../predict/result';
import { inOrder, inputNames, outputNames, type Data } from '../model/data';
import { heldOutDensity } from './heldOutDensity';

export interface CalibrateOptions extends Omit<PredictiveOptions, 'calibration' | 'draws'> {
  /** Number of draws S. @defaultValue 50 */
  samples?: number;
}

/** Held-out inputs and targets. */
export interface HeldOut {
  x: Data;
  y: Data;
}

const WHO = 'calibrate';
/** Of the logarithm of what is fitted. */
const ACCURACY = 1e-4;

/**
 * Fits a temperature (classes, labels) or a scale of the stddev (Gaussian and Student's t noise) to examples that the model
 * was not trained on. From then on `predictive` and `predictiveStream` use it: the model keeps it, as `setCalibration` does,
 * and `model.save` with it. The weights stay as they are; after more training, calibrate again. `predictiveMoments` does not
 * use it, nor do plain models made of this one.
 *
 * A scale is of the whole predictive distribution, about its mean; a net that is too sure in one region and too unsure in
 * another keeps that. Several targets of one example are taken each by itself, with one number for all.
 *
 * @param data held-out inputs and targets, as `fit` takes them; y may be class indices too. They stay the caller's.
 * @param options as for `predictive`.
 * @returns the calibration, plain data, with what it improved: how NLL and its standard error look on these examples, which
 * it was fitted to. Of a model with several outputs an array, with undefined for those that have none; where types are
 * checked: `calibrate<(Calibration | undefined)[]>(model, data)`.
 * @throws if the likelihood is not known or has no such number (counts: `conformalIntervals` serves them), the data are not
 * what the model takes, or do not settle it, e.g. because all of few are predicted right; what `predictive` refuses.
 *
 * @example
 * const { scale, nllBefore, nllAfter } = await calibrate(model, heldOut, { samples: 20, seed: 1 });
 * const { lower, upper } = (await predictive(model, xNew)).interval(0.9); // with that scale
 */
export async function calibrate<C extends Calibration | Array<Calibration | undefined> = Calibration>(
  model: tf.LayersModel,
  data: HeldOut,
  options: CalibrateOptions = {},
): Promise<C> {
  checkModel(WHO, model);
  checkKeys(WHO, options, ['samples', 'seed', 'batchSize', 'coherent', 'likelihood', 'signal', 'onProgress']);
  const x = heldOutInputs(WHO, model, data);
  const p = await predictive(model, x, { samples: 50, ...options, draws: true, calibration: false });
  try {
    const ys = inOrder(WHO, 'data.y', data.y, outputNames(model));
    const fitted: Array<Calibration | undefined> = [];
    for (const [i, y] of ys.entries()) fitted.push(await ofOutput(p.output(i), y, ys.length === 1));
    if (fitted.every((one) => one === undefined)) refuseKind('others');
    setCalibration(model, fitted);
    return (ys.length === 1 ? fitted[0] : fitted) as C;
  } finally {
    p.dispose();
  }
}

/** The inputs as `predictive` takes them. @throws if data is no {x, y}, or x not of the model's inputs. */
function heldOutInputs(who: string, model: tf.LayersModel, data: unknown): Inputs {
  const isObject = typeof data === 'object' && data !== null;
  if (!isObject || !('x' in data) || !('y' in data))
    return refuse(who, 'data must be {x, y}, held-out inputs and targets', shown(data));
  checkKeys(who, data, ['x', 'y']);
  return inOrder(who, 'data.x', data.x, inputNames(model));
}

async function ofOutput(p: Predictive, y: tf.Tensor, only: boolean): Promise<Calibration | undefined> {
  const { likelihood } = p;
  const kind = likelihood && familyOf(likelihood).calibratedBy;
  if (kind === undefined)
    return only
      ? refuseKind(
          likelihood === undefined ? 'outputs without a likelihood' : `a ${likelihood.family} likelihood`,
        )
      : undefined;
  const draws = p.draws();
  try {
    const examples = draws.shape[1]!;
    if (examples < 2)
      refuse(WHO, 'there must be at least 2 held-out examples', String(examples), 'some hundreds do well');
    const density = await heldOutDensity(WHO, likelihood!, draws, y);
    const nllAt = (lnValue: number): number => -mean(density(Math.exp(lnValue)));
    const { x, atEnd } = minimumOnALine(nllAt, Math.log(LEAST), Math.log(GREATEST), ACCURACY);
    if (atEnd) refuseEnd(kind, examples, x);
    const [before, after] = [density(1), density(Math.exp(x))];
    return {
      [kind]: Math.exp(x),
      likelihood,
      nllBefore: -mean(before),
      nllAfter: -mean(after),
      standardError: standardError(
        after.map((lnP, m) => lnP - before[m]!),
        examples,
      ),
      examples,
    };
  } finally {
    draws.dispose();
  }
}

function refuseKind(got: string): never {
  return refuse(
    WHO,
    'the outputs must be of classes, labels, or numbers with Gaussian or Student’s t noise',
    got,
    'say the likelihood; conformalIntervals needs none of these',
  );
}

function refuseEnd(kind: string, examples: number, lnValue: number): never {
  return refuse(
    WHO,
    `the held-out examples must determine the ${kind}`,
    `${examples} that ask for an ever ${lnValue < 0 ? 'smaller' : 'larger'} one`,
    lnValue < 0
      ? 'take more, with some errors among them; are these examples that it was trained on?'
      : 'the model is worth nothing on these: was it trained, and are y the targets of x?',
  );
}

const mean = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Of the mean over the examples, each of which has as many numbers. */
function standardError(numbers: Float64Array, examples: number): number {
  const width = numbers.length / examples;
  const ofExamples = Float64Array.from({ length: examples }, (_, n) =>
    mean(numbers.subarray(n * width, (n + 1) * width)),
  );
  const m = mean(ofExamples);
  const squares = ofExamples.reduce((sum, v) => sum + (v - m) ** 2, 0);
  return Math.sqrt(squares / (examples - 1) / examples);
}
