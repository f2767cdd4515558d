/**
 * The options that the layers named after those of `tf.layers` have beside theirs: posterior, prior, estimator and the KL's
 * share of the loss; and their way through a saved model and back.
 */
import { checkBoolean, checkKeys, checkPositive, checkWord } from '../check';
import type { Estimator } from '../estimators/estimator';
import { flipout } from '../estimators/flipout';
import { local } from '../estimators/local';
import { weightSpace } from '../estimators/weightSpace';
import { activationFunction, plainActivation, type NonLinearity, type TensorFunction } from './activation';
import { initializerConfig, type Initializer } from './initializer';
import { checkedKLOptions } from './klOptions';
import { checkLayerArgs, LAYER_ARGS, type LayerArgs } from './layerArgs';
import { refuseRegularizers } from './replacedOptions';
import { checkedPrior, type PriorOption, type PriorSettings } from './tensorPrior';
import type { VariationalSettings } from './variationalLayer';

/** What they have in common. */
export interface FamilyOptions extends LayerArgs {
  /** Name of a `tf.layers` activation, or a layer of activation with its config. @defaultValue 'linear' */
  activation?: NonLinearity;
  /** Has it a bias? @defaultValue true */
  useBias?: boolean;
  /** Initial means of the kernel. @defaultValue Normal(0, 2 / (inputs + outputs)), as `glorotNormal` */
  kernelInitializer?: Initializer;
  /** Initial means of the bias. @defaultValue 'zeros' */
  biasInitializer?: Initializer;
  /**
   * Initial stddev of all weights, above 0. The default goes by the inputs alone, whatever the prior: it keeps the noise at a
   * tenth of the signal, so that the means can be learned. Stddevs travel to where they rest, by about the learning rate per
   * step in ln stddev: with priors of 0.01 and 0.1 for 60 to 430 steps at a rate of 0.01, with 1 for 430 to 470, with 10 for more
   * than 700. A start at half the prior ended equally well under priors of 0.1 and less, so that it saves steps where the rate
   * is small; under 1 it was worse by 0.04 to 1 nats an example, and under 10 nothing was learned.
   * @defaultValue 0.1 / √(inputs of a unit)
   */
  initialStddev?: number;
  /**
   * Prior Normal(mean, stddev²) of the kernel, and where it is made of numbers of the bias: a stddev, or {mean, stddev},
   * each a number or nested arrays that broadcast to the kernel. @defaultValue 1, with the mean 0
   */
  prior?: PriorOption;
  /** Prior of the bias. @defaultValue that of the kernel where that is made of numbers, else 1 */
  biasPrior?: PriorOption;
  /** Has the bias a posterior, or is it one number, trained without a KL? @defaultValue 'gaussian' */
  biasPosterior?: 'gaussian' | 'deterministic';
  /**
   * How outputs are drawn. `local`: each by itself, the least noise in gradients; `flipout`: the positions of an example
   * share weights; `weightSpace`: all that a call computes shares them. @defaultValue 'local'
   */
  estimator?: Estimator['name'];
  /** Number of training examples N: sets klFactor to 1 / N. Not together with klFactor. */
  datasetSize?: number;
  /** What the KL in the loss is multiplied by, at least 0. @defaultValue 1, with a warning when it is trained */
  klFactor?: number;
  /** Tempering and warm-up: the loss holds klWeight · klFactor · KL; 1 is the ELBO. @defaultValue 1 */
  klWeight?: number;
  /** Makes initial values and noise reproducible; any whole number, another one for each layer of a model. */
  seed?: number;
}

export const FAMILY_OPTIONS = [
  ...['activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'initialStddev', 'prior', 'biasPrior'],
  ...['biasPosterior', 'estimator', 'datasetSize', 'klFactor', 'klWeight', 'seed'],
];

/** After the checks, with defaults filled in. */
export interface FamilySettings extends VariationalSettings {
  activation: NonLinearity;
  useBias: boolean;
  kernelInitializer: Initializer | undefined;
  biasInitializer: Initializer | undefined;
  initialStddev: number | undefined;
  prior: PriorSettings;
  biasPrior: PriorSettings;
  biasPosterior: 'gaussian' | 'deterministic';
  estimator: Estimator;
  activate: TensorFunction;
}

const ESTIMATORS: Readonly<Record<Estimator['name'], Estimator>> = { local, flipout, weightSpace };

export const priorLabels = (prior: string): { prior: string; mean: string; stddev: string } => ({
  prior,
  mean: `the mean of ${prior}`,
  stddev: `the stddev of ${prior}`,
});

/**
 * First of all, so that a typing mistake is not answered by what is missing then.
 *
 * @param own the layer's own options, by name
 */
export function checkFamilyKeys(who: string, options: unknown, own: readonly string[]): void {
  refuseRegularizers(who, options);
  checkKeys(who, options, [...own, ...FAMILY_OPTIONS, ...LAYER_ARGS]);
}

/** @param own the layer's own options, by name */
export function checkedFamilyOptions(who: string, options: FamilyOptions, own: string[]): FamilySettings {
  checkFamilyKeys(who, options, own);
  checkLayerArgs(who, options);
  const {
    activation = 'linear',
    useBias = true,
    kernelInitializer,
    biasInitializer,
    initialStddev,
    prior = 1,
    biasPosterior = 'gaussian',
    estimator = 'local',
  } = options;
  checkBoolean(who, 'useBias', useBias);
  if (initialStddev !== undefined) checkPositive(who, 'initialStddev', initialStddev);
  checkWord(who, 'biasPosterior', biasPosterior, ['gaussian', 'deterministic']);
  checkWord(who, 'estimator', estimator, ['local', 'flipout', 'weightSpace']);
  const klSettings = checkedKLOptions(who, options);
  const config = (name: 'kernelInitializer' | 'biasInitializer', value: Initializer | undefined) =>
    value === undefined ? undefined : initializerConfig(who, name, value);
  const kernelPrior = checkedPrior(who, priorLabels('prior'), prior);
  return {
    activation: plainActivation(activation),
    useBias,
    kernelInitializer: config('kernelInitializer', kernelInitializer),
    biasInitializer: config('biasInitializer', biasInitializer),
    initialStddev,
    prior: kernelPrior,
    biasPrior:
      options.biasPrior === undefined
        ? ofNumbers(kernelPrior)
        : checkedPrior(who, priorLabels('biasPrior'), options.biasPrior),
    biasPosterior,
    estimator: ESTIMATORS[estimator],
    ...klSettings,
    activate: activationFunction(who, activation, 'activation'),
  };
}

/** The prior of a bias that nobody speaks of. */
const ofNumbers = ({ mean, stddev }: PriorSettings): PriorSettings =>
  typeof mean === 'number' && typeof stddev === 'number' ? { mean, stddev } : { mean: 0, stddev: 1 };
