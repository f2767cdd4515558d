/**
 * One number that is fitted to held-out data after training, and where prediction has it from: the caller, or the model,
 * which keeps it in its `userDefinedMetadata`, and so in its files.
 *
 *     temperature T    classes, labels    the logits of every draw become l / T              (Guo et al. 2017, arXiv:1706.04599)
 *     scale s          noisy numbers      F'(y) = F(m + (y − m)/s), m the mean of the draws  (Laves et al. 2020, MIDL, PMLR 121)
 *
 * T > 1 and s > 1 are for a net that is too sure. A temperature moves the probabilities and leaves the ranks of a draw's
 * classes; a scale stretches the whole predictive distribution about its mean, noise and spread of the draws alike: every
 * interval becomes s times as wide, and the mean stays.
 */
import type * as tf from '@tensorflow/tfjs';
import { checkKeys, checkModel, isTensor, refuse, shown } from '../check';
import { checkLikelihood, familyOf } from '../families/familyOf';
import type { Likelihood } from '../likelihoods/likelihood';
import { isList } from './givenLikelihood';

/** Plain data: survives JSON. One of `temperature` and `scale`. */
export interface Calibration {
  /** Of classes or labels: logits are divided by it. */
  temperature?: number;
  /** Of targets with noise: the stddev of the predictive distribution is multiplied by it. */
  scale?: number;
  /** What it was fitted for, and holds for. Prediction takes it for the model's where nothing else says one. */
  likelihood?: Likelihood;
  /** Held-out NLL before and after, nats: the mean over targets of −ln of their predictive density. */
  nllBefore?: number;
  nllAfter?: number;
  /** Standard error, over the held-out examples, of how much less the NLL became. */
  standardError?: number;
  /** Number of held-out examples. */
  examples?: number;
}

type OfOutputs = ReadonlyArray<Readonly<Calibration> | undefined>;

/** `false`: none. For a model with several outputs an array, in their order. */
export type GivenCalibration = false | Calibration | ReadonlyArray<Calibration | undefined>;

const REPORT = ['nllBefore', 'nllAfter', 'standardError', 'examples'] as const;
const KEY = 'tfjs-bnn.calibration';
/** Beyond these no net is right in any respect. */
export const [LEAST, GREATEST] = [1e-3, 1e3];

/** One for each output: the caller's; where he says nothing, the model's. */
export function calibrationsOf(who: string, model: tf.LayersModel, given: unknown): OfOutputs {
  if (given === false) return model.outputs.map(() => undefined);
  const saved = (model.getUserDefinedMetadata?.() as Record<string, unknown> | undefined)?.[KEY];
  if (given === undefined && saved === undefined) return model.outputs.map(() => undefined);
  if (given === undefined) return listOf(who, model, saved, 'the calibration that the model keeps');
  return listOf(who, model, given);
}

function listOf(who: string, model: tf.LayersModel, given: unknown, name = 'calibration'): OfOutputs {
  const all = isList<unknown>(given) ? [...given] : [given];
  if (all.length !== model.outputs.length)
    refuse(who, `${name} must be an array of ${model.outputs.length}, one for each output`, shown(given));
  // JSON makes null of undefined.
  return all.map((one) => (one == null && isList(given) ? undefined : checkCalibration(who, one, name)));
}

/** A frozen copy. @throws if it is no calibration. */
function checkCalibration(who: string, calibration: unknown, name: string): Readonly<Calibration> {
  if (typeof calibration !== 'object' || calibration === null || isTensor(calibration) || isList(calibration))
    refuse(
      who,
      `${name} must be {temperature} or {scale}`,
      shown(calibration),
      'calibrate(model, {x, y}) fits it',
    );
  const given: Record<string, unknown> = { ...calibration };
  checkKeys(who, given, ['temperature', 'scale', 'likelihood', ...REPORT]);
  const { temperature, scale, likelihood } = given;
  if ((temperature === undefined) === (scale === undefined))
    refuse(who, `${name} must hold one of temperature and scale`, shown(calibration));
  const value = temperature ?? scale;
  if (typeof value !== 'number' || !(value >= LEAST && value <= GREATEST))
    refuse(
      who,
      `${scale === undefined ? 'temperature' : 'scale'} of ${name} must be from ${LEAST} to ${GREATEST}`,
      shown(value),
    );
  for (const key of REPORT)
    if (given[key] !== undefined && typeof given[key] !== 'number')
      refuse(who, `${key} of ${name} must be a number`, shown(given[key]));
  if (likelihood !== undefined) given.likelihood = checkLikelihood(who, likelihood);
  return Object.freeze(given as Calibration);
}

/** @throws if a calibration is not for outputs that say this of their targets. */
export function checkFits(
  who: string,
  { temperature, likelihood: fittedFor }: Calibration,
  likelihood: Likelihood | undefined,
): void {
  const kind = temperature === undefined ? 'scale' : 'temperature';
  const rule =
    kind === 'scale'
      ? 'a scale calibrates targets with Gaussian or Student’s t noise'
      : 'a temperature calibrates probabilities of classes or labels';
  const remedy = 'leave it out with calibration: false, or fit another with calibrate(model, {x, y})';
  if (likelihood === undefined)
    refuse(who, rule, 'outputs without a likelihood', `give one, likelihood: …; ${remedy}`);
  if (familyOf(likelihood).calibratedBy !== kind)
    refuse(who, rule, `a ${likelihood.family} likelihood`, remedy);
  if (fittedFor !== undefined && textOf(fittedFor) !== textOf(likelihood))
    refuse(who, `the calibration is for ${textOf(fittedFor)}`, textOf(likelihood), remedy);
}

/** Options in one order, defaults included. */
const textOf = ({ family, ...options }: Likelihood): string =>
  JSON.stringify(
    {
      ...(family === 'categorical' || family === 'bernoulli' ? { outputs: 'probabilities' } : {}),
      ...options,
      family,
    },
    ['family', 'outputs', 'stddev', 'df', 'scale'],
  );

/**
 * Lets a model keep a calibration, where `predictive` and `predictiveStream` find it unasked, and which `model.save` writes
 * and `tf.loadLayersModel` reads; other metadata of the model stays. `calibrate` does it by itself.
 *
 * @param calibration for a model with several outputs an array, in their order; null takes it away.
 * @throws if it is none, or not as many as the outputs.
 *
 * @example
 * setCalibration(model, { scale: 1.2 }); // predictive stddevs are 1.2 times as wide from now on
 * setCalibration(model, null); // as they were
 */
export function setCalibration(
  model: tf.LayersModel,
  calibration: Calibration | ReadonlyArray<Calibration | undefined> | null,
): void {
  const who = 'setCalibration';
  checkModel(who, model);
  if (typeof model.getUserDefinedMetadata !== 'function')
    refuse(who, 'model must be a model of TensorFlow.js that keeps metadata', shown(model));
  const { [KEY]: _, ...others } = (model.getUserDefinedMetadata() ?? {}) as Record<string, unknown>;
  const kept =
    calibration === null ? {} : { [KEY]: listOf(who, model, calibration).map((one) => one ?? null) };
  model.setUserDefinedMetadata({ ...others, ...kept });
}
