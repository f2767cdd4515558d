/**
 * The way to train that reaches a posterior by default: what it does is measured in `benchmarks/uci`.
 *
 * Under a constant learning rate and the whole KL from the start, units are switched off before they have learned. So the KL
 * comes in along a line over 80 % of the epochs, and the learning rate falls along half a cosine. The klWeight at the end is
 * the user's: 1, the ELBO.
 */
import type * as tf from '@tensorflow/tfjs';
import { checkBoolean, checkKeys, checkPositiveInteger, checkWord, refuse, shown } from '../check';
import { someBayesianLayers } from '../layers/bayesian';
import { checkpoint } from '../checkpoint/checkpoint';
import { elboReport } from './elboReport';
import { setDatasetSize } from './klFactor';
import { klWarmup } from './klWarmup';
import {
  LEARNING_RATE_SHAPES,
  learningRateSchedule,
  optimizerWithRate,
  type LearningRateShape,
} from './learningRateSchedule';
import { checkedFactor, gradientClipping, USUAL_FACTOR } from './gradientClipping';
import { ModelCallback } from '../model/modelCallback';
import { RestReport } from './restReport';
import { stopOnNaN } from './stopOnNaN';

export interface TrainingRecipeOptions {
  /** The epochs that `fit` is told. */
  epochs: number;
  /** Number of examples that are trained on, without those of a validation split. */
  datasetSize: number;
  /** Part of the epochs over which the KL comes in, from 0 (it is whole from the start) to 1. @defaultValue 0.8 */
  klWarmup?: number;
  /** How the learning rate falls, or `false`: it stays. @defaultValue 'cosine' */
  learningRate?: LearningRateShape | false;
  /** How many times its usual length a gradient may have, see `gradientClipping`, or `false`: any. @defaultValue 5 */
  gradientClipping?: number | false;
  /**
   * A metric of the logs, e.g. `'val_negElbo'`: weights and optimizer of the epoch in which it was best are restored when
   * training ends.
   */
  restoreBest?: string;
  /** Ends training at numbers that are not finite, see `stopOnNaN`. @defaultValue true */
  stopOnNaN?: boolean;
  /** Leaves out the last line, which says whether the posterior has come to rest. @defaultValue false */
  quiet?: boolean;
}

const WHO = 'trainingRecipe';

const OPTIONS = [
  'epochs',
  'datasetSize',
  'klWarmup',
  'learningRate',
  'gradientClipping',
  'restoreBest',
  'stopOnNaN',
  'quiet',
] as const;

/**
 * The callbacks with which `fit` or `fitDataset` trains a Bayesian model well, in their order; callbacks of your own come
 * behind them: `[...trainingRecipe(model, {…}), mine]`.
 *
 * It calls `setDatasetSize(model, datasetSize)` at once. In the list are `klWarmup`, `learningRateSchedule`, `gradientClipping`,
 * `elboReport` (so that nll, kl and elbo are in the history), `stopOnNaN`, with `restoreBest` a `checkpoint` in memory, and one that says
 * at the end whether the posterior has come to rest. Weight of the KL and learning rate are the user's again afterwards.
 *
 * @throws if an option is missing, unknown or out of range, or the model holds no Bayesian layer; when training begins, if
 * `fit` is told other epochs, or the optimizer has no learning rate. It warns where `fit` trains on another number of examples.
 *
 * @example
 * const epochs = 10;
 * await model.fit(x, y, { epochs, callbacks: trainingRecipe(model, { epochs, datasetSize: x.shape[0] }) });
 */
export function trainingRecipe(model: tf.LayersModel, options: TrainingRecipeOptions): tf.Callback[] {
  checkKeys(WHO, options, OPTIONS);
  const { epochs, datasetSize, learningRate = 'cosine', restoreBest, quiet = false } = options;
  const part = options.klWarmup ?? 0.8;
  const watched = options.stopOnNaN ?? true;
  const factor = options.gradientClipping ?? USUAL_FACTOR;
  checkPositiveInteger(WHO, 'epochs', epochs);
  checkPositiveInteger(WHO, 'datasetSize', datasetSize);
  if (typeof part !== 'number' || !(part >= 0 && part <= 1))
    refuse(WHO, 'klWarmup must be a part of the epochs from 0 to 1', shown(part), 'e.g. 0.8');
  if (learningRate !== false) checkWord(WHO, 'learningRate', learningRate, LEARNING_RATE_SHAPES);
  if (factor !== false) checkedFactor(WHO, 'gradientClipping', factor);
  if (restoreBest !== undefined && (typeof restoreBest !== 'string' || restoreBest === ''))
    refuse(WHO, 'restoreBest must be the name of a metric', shown(restoreBest), "e.g. 'val_negElbo'");
  checkBoolean(WHO, 'stopOnNaN', watched);
  checkBoolean(WHO, 'quiet', quiet);
  const schedule = learningRate === false ? [] : [learningRateSchedule({ shape: learningRate, epochs })];
  const best = restoreBest === undefined ? [] : [checkpoint({ best: restoreBest })];
  someBayesianLayers(WHO, model);
  setDatasetSize(model, datasetSize);
  const warmupEpochs = Math.round(part * epochs);
  return [
    new Agreement(epochs, datasetSize),
    ...(warmupEpochs === 0 ? [] : [klWarmup({ epochs: warmupEpochs })]),
    ...schedule,
    ...(factor === false ? [] : [gradientClipping({ factor })]),
    ...(watched ? [stopOnNaN()] : []),
    elboReport({ datasetSize }),
    // Before the best epoch is restored: what is said is said of the last.
    ...(quiet ? [] : [new RestReport(WHO, epochs, part)]),
    ...best,
  ];
}

/** Is the training that which the recipe was made for? */
class Agreement extends ModelCallback {
  constructor(
    private readonly epochs: number,
    private readonly datasetSize: number,
  ) {
    super(WHO);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    optimizerWithRate(WHO, this.model);
    const epochs = this.params.epochs as number;
    if (epochs !== this.epochs)
      refuse(
        WHO,
        `epochs must be the same as in fit, ${epochs}`,
        String(this.epochs),
        'const epochs = …; model.fit(x, y, {epochs, callbacks: trainingRecipe(model, {epochs, …})})',
      );
    // Null in fitDataset, whatever the type says.
    const N = this.params.samples as number | null;
    if (N !== null && N !== this.datasetSize)
      console.warn(
        `tfjs-bnn: ${WHO}: ${N} examples are trained on, so datasetSize must be ${N} for the loss to be the negative ELBO ` +
          `per example, got ${this.datasetSize}; the rows of a validation split do not count.`,
      );
  }
}
