/**
 * What `fit` does not say: negative log likelihood and KL apart, for the training data and the validation data.
 *
 *     loss (training)   = nll + Σ_layers klWeight · KL_factor · KL
 *     loss (validation) = nll                                              `fit` leaves the KL out there
 *
 *     elbo = −(nll + KL / N),   N training examples                        nats per example, always with klWeight 1
 *
 * (Blundell et al. 2015, arXiv:1505.05424, eq. 1, divided by N.) The KL of a step belongs to the weights before the
 * step, and is computed there, once for each layer.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, isOnGPU, refuse } from '../check';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { warnOfBiases } from '../layers/warnings';
import { ModelCallback } from './modelCallback';

export interface ElboReportOptions {
  /**
   * Number of training examples N. @defaultValue what `fit` trains on, after a validation split; `fitDataset` does not
   * tell it, there it is 1 / KL_factor of the layers
   */
  datasetSize?: number;
}

/** A number where reading one stalls nobody: another callback may throw, and nobody is told that training is over. */
type Settled = tf.Scalar | number;

type Logs = NonNullable<Parameters<tf.Callback['onEpochEnd']>[1]>;

const WHO = 'elboReport';

/**
 * A callback for `fit` and `fitDataset` that reports nll, kl and elbo apart, nats per example.
 *
 * It adds to the logs of an epoch, and so to the history:
 *
 * - `nll`, `kl` (KL / N), `elbo`: averages over the steps of the epoch, as `loss` is;
 * - `val_nll`, `val_kl`, `val_elbo`, `val_negElbo` at its end, where there are validation data. `val_negElbo`
 *   = val_nll + KL / N is a quantity to minimise: `tf.callbacks.earlyStopping({monitor: 'val_negElbo'})` behind this
 *   callback in the list;
 *
 * and to the logs of a step `nll` and `kl`, for callbacks behind it in the list, e.g. a progress bar. They are right
 * where the compiled loss is a mean negative log likelihood in nats; penalties of other layers count as nll.
 *
 * It warns where a KL_factor is not 1 / N, and says it when a klWeight other than 1 is trained with.
 *
 * In a list with plain objects these come first, or are wrapped: `[elboReport(), new tf.CustomCallback({onEpochEnd})]`.
 *
 * @throws if datasetSize is no whole number of at least 1; when training begins, if the model holds no Bayesian layer.
 *
 * @example
 * const { history } = await model.fit(x, y, { epochs: 50, validationSplit: 0.2, callbacks: elboReport() });
 * history.elbo; history.val_elbo;
 */
export function elboReport(options: ElboReportOptions = {}): tf.Callback {
  return new ElboReport(options);
}

class ElboReport extends ModelCallback {
  private readonly datasetSize: number | undefined;
  private layers: BayesianLayer[] = [];
  private N = 1;
  private saidWeight = false;
  /** KL of each layer, before the step. */
  private kls: Settled[] = [];
  /** Sums over the examples of an epoch. */
  private sums: { nll: Settled; kl: Settled } | undefined;
  private seen = 0;

  constructor(options: ElboReportOptions) {
    super(WHO);
    checkKeys(WHO, options, ['datasetSize']);
    if (options.datasetSize !== undefined) checkPositiveInteger(WHO, 'datasetSize', options.datasetSize);
    this.datasetSize = options.datasetSize;
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    this.layers = someBayesianLayers(WHO, this.model);
    this.N = this.trainingExamples();
    this.saidWeight = false;
    warnOfBiases(this.model);
    this.warnOfFactor();
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  override async onEpochBegin(): Promise<void> {
    tf.dispose([this.sums, this.kls]);
    this.sums = { nll: 0, kl: 0 };
    this.kls = [];
    this.seen = 0;
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  override async onBatchBegin(): Promise<void> {
    tf.dispose(this.kls);
    this.kls = this.layers.map((layer) => settled(layer.kl()));
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  override async onBatchEnd(_: number, logs: Logs = {}): Promise<void> {
    this.sayWeight();
    const { size, loss } = logs as { size: number; loss: tf.Scalar | number };
    const { nll, kl } = tf.tidy(() => {
      const share = weightedSum(this.kls, (i) => this.layers[i]!.klWeight * this.layers[i]!.klFactor);
      return {
        nll: tf.reshape<tf.Rank.R0>(tf.sub(loss, share), []),
        kl: weightedSum(this.kls, () => 1 / this.N),
      };
    });
    const before = this.sums!;
    this.sums = {
      nll: settled(tf.tidy(() => tf.reshape(tf.add(before.nll, tf.mul(nll, size)), []))),
      kl: settled(tf.tidy(() => tf.reshape(tf.add(before.kl, tf.mul(kl, size)), []))),
    };
    tf.dispose([before, this.kls]);
    this.kls = [];
    this.seen += size;
    // TensorFlow.js disposes of what is in the logs.
    Object.assign(logs, { nll: settled(nll), kl: settled(kl) });
  }

  override async onEpochEnd(_: number, logs: Logs = {}): Promise<void> {
    const sums = this.sums!;
    this.sums = undefined;
    const nll = (await number(sums.nll)) / this.seen;
    const kl = (await number(sums.kl)) / this.seen;
    tf.dispose(sums);
    Object.assign(logs, { nll, kl, elbo: -(nll + kl) });
    const validationLoss = totalValidationLoss(logs, this.model.outputs.length);
    if (validationLoss === undefined) return;
    const val_nll = await number(validationLoss);
    const val_kl = await this.klPerExample();
    const val_negElbo = val_nll + val_kl;
    Object.assign(logs, { val_nll, val_kl, val_elbo: -val_negElbo, val_negElbo });
  }

  private trainingExamples(): number {
    // Null in fitDataset, whatever the type says.
    const samples = this.params.samples as number | null;
    const N = this.datasetSize ?? samples ?? this.claimedExamples();
    return (
      N ??
      refuse(
        WHO,
        'the number of training examples must be known',
        'neither datasetSize nor layers that agree on a KL_factor of 1 / N',
        'fitDataset does not tell it: elboReport({datasetSize: N})',
      )
    );
  }

  /** N of the layers' KL_factor = 1 / N. */
  private claimedExamples(): number | undefined {
    const [factor, ...others] = this.layers.map(({ klFactor }) => klFactor);
    const agreed = factor! > 0 && factor! < 1 && others.every((other) => other === factor);
    return agreed ? Math.round(1 / factor!) : undefined;
  }

  private warnOfFactor(): void {
    const wrong = this.layers.filter(({ klFactor }) => Math.abs(klFactor * this.N - 1) > 1e-6);
    if (wrong.length > 0)
      console.warn(
        `tfjs-bnn: ${WHO}: ${this.N} examples are trained on, so KL_factor must be 1/${this.N} for the loss to be the negative ELBO ` +
          `per example; ${wrong.map(({ name, klFactor }) => `${name} has ${shownFactor(klFactor)}`).join(', ')}. ` +
          `setDatasetSize(model, ${this.N}) sets it for all layers; a validation split counts as not trained on.`,
      );
  }

  private sayWeight(): void {
    const weight = this.layers.find(({ klWeight }) => klWeight !== 1)?.klWeight;
    if (weight === undefined || this.saidWeight) return;
    this.saidWeight = true;
    console.warn(
      `tfjs-bnn: ${WHO}: training uses the klWeight ${weight}; kl and elbo are reported with klWeight 1.`,
    );
  }

  private async klPerExample(): Promise<number> {
    const kl = tf.tidy(() =>
      weightedSum(
        this.layers.map((layer) => layer.kl()),
        () => 1 / this.N,
      ),
    );
    const value = await number(kl);
    kl.dispose();
    return value;
  }
}

/**
 * TensorFlow.js adds up the validation losses of n outputs as it goes along, and labels the sums in order: `val_loss` is
 * the first output's alone, the label after n − 1 more holds the total.
 */
function totalValidationLoss(logs: Logs, outputs: number): tf.Scalar | number | undefined {
  const labels = Object.keys(logs).filter((label) => label.startsWith('val_'));
  return logs[labels[outputs - 1] ?? ''];
}

/** 1/1000 rather than 0.001, where it is one. */
function shownFactor(factor: number): string {
  const N = Math.round(1 / factor);
  return factor > 0 && N > 1 && Math.abs(factor * N - 1) < 1e-9 ? `1/${N}` : String(factor);
}

function settled(scalar: tf.Scalar): Settled {
  if (isOnGPU()) return scalar;
  const [value] = scalar.dataSync();
  scalar.dispose();
  return value!;
}

const weightedSum = (terms: Settled[], weight: (i: number) => number): tf.Scalar =>
  tf.reshape(tf.addN(terms.map((term, i) => tf.mul(term, weight(i)))), []);

const number = async (value: Settled): Promise<number> =>
  typeof value === 'number' ? value : (await value.data())[0]!;
