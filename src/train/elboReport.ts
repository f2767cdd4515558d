/**
 * What `fit` does not say: negative log likelihood and KL apart, for the training data and the validation data.
 *
 *     loss (training)   = nll + Σ_layers klWeight · KL_factor · KL + penalties of plain layers
 *     loss (validation) = nll                                              `fit` leaves the others out there
 *
 *     elbo = −(nll + KL / N),   N training examples                        nats per example, always with klWeight 1
 *
 * (Blundell et al. 2015, arXiv:1505.05424, eq. 1, divided by N.) The KL of a step belongs to the weights before the
 * step. The pass has computed it for the loss: each layer tells its share, so that it is not computed again.
 */
import * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, isOnGPU, refuse } from '../check';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { warnOfBiases } from '../layers/warnings';
import { thisTraining } from '../model/compiled';
import { ModelCallback } from '../model/modelCallback';
import { hasPenalties, penalties } from './penalties';
import { number, numberNow, seen, settled, weightedSum, type Settled } from './settled';

export interface ElboReportOptions {
  /**
   * Number of training examples N. @defaultValue what `fit` trains on, after a validation split; `fitDataset` does not
   * tell it, there it is 1 / klFactor of the layers
   */
  datasetSize?: number;
}

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
 * where the compiled loss is a mean negative log likelihood in nats. Penalties of plain layers (`kernelRegularizer`) are in none of
 * them: nll is the data's alone.
 *
 * It warns where a KL factor is not 1 / N, and says it when a klWeight other than 1 is trained with.
 *
 * In a list with plain objects these come first, or are wrapped: `[elboReport(), new tf.CustomCallback({onEpochEnd})]`.
 *
 * @throws if datasetSize is no whole number of at least 1; when training begins, if the model holds no Bayesian layer.
 *
 * @example
 * const { history } = await model.fit(x, y, {
 *   epochs: 10,
 *   validationData: [heldOut.x, heldOut.y],
 *   callbacks: elboReport(),
 * });
 * console.log(history.elbo, history.val_elbo);
 */
export function elboReport(options: ElboReportOptions = {}): tf.Callback {
  return new ElboReport(options);
}

class ElboReport extends ModelCallback {
  private readonly datasetSize: number | undefined;
  private layers: BayesianLayer[] = [];
  private N = 1;
  private saidWeight = false;
  /** KL of each layer, of the weights before the step. */
  private kls: Array<Settled | undefined> = [];
  /** Has the layer told its KL in the step before? */
  private tells: boolean[] = [];
  private isPenalised = false;
  /** Of the weights before the step. */
  private penalty: Settled = 0;
  private stopHearing: Array<(() => void) | undefined> = [];
  /** Sums over the examples of an epoch. */
  private sums: { nll: Settled; kl: Settled } | undefined;
  private examples = 0;

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
    this.sayWeight();
    this.hearLayers();
    this.isPenalised = hasPenalties(this.model);
    warnOfBiases(this.model);
    this.warnOfFactor();
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  override async onEpochBegin(): Promise<void> {
    this.dispose();
    this.sums = { nll: 0, kl: 0 };
    this.examples = 0;
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  override async onBatchBegin(): Promise<void> {
    tf.dispose(this.penalty);
    this.penalty = this.isPenalised ? penalties(this.model) : 0;
    tf.dispose(this.kls);
    // In the first step, and where the loss does not need it.
    this.kls = this.layers.map((layer, i) =>
      this.tells[i] === true && weightOf(layer) > 0 ? undefined : settled(layer.kl()),
    );
    this.tells = [];
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  override async onBatchEnd(_: number, logs: Logs = {}): Promise<void> {
    const { size, loss } = logs as { size: number; loss: Settled };
    const { kls, layers, sums } = this;
    // The step was another one than those before: no layer's KL is in its loss.
    const known = kls.map((kl, i) => kl ?? settled(layers[i]!.kl()));
    const weights = [1, ...layers.map((layer) => -weightOf(layer)), -1];
    const nll = weightedSum([seen(loss), ...known, this.penalty], (i) => weights[i]!);
    const kl = weightedSum(known, () => 1 / this.N);
    this.sums = {
      nll: weightedSum([sums!.nll, nll], (i) => (i === 0 ? 1 : size)),
      kl: weightedSum([sums!.kl, kl], (i) => (i === 0 ? 1 : size)),
    };
    tf.dispose([sums!, known, this.penalty]);
    this.kls = [];
    this.penalty = 0;
    this.examples += size;
    // TensorFlow.js disposes of what is in the logs.
    Object.assign(logs, { nll, kl });
  }

  override async onEpochEnd(_: number, logs: Logs = {}): Promise<void> {
    this.sayWeight();
    const sums = this.sums!;
    this.sums = undefined;
    // A dataset ran out: there is no loss of the epoch either.
    if (this.examples === 0) return;
    const nll = (await number(sums.nll)) / this.examples;
    const kl = (await number(sums.kl)) / this.examples;
    tf.dispose(sums);
    Object.assign(logs, { nll, kl, elbo: -(nll + kl) });
    const validationLoss = totalValidationLoss(logs, this.model.outputs.length);
    if (validationLoss === undefined) return;
    const val_nll = await number(validationLoss);
    const val_kl = await this.klPerExample();
    const val_negElbo = val_nll + val_kl;
    Object.assign(logs, { val_nll, val_kl, val_elbo: -val_negElbo, val_negElbo });
  }

  override onTrainEnd(): Promise<void> {
    this.stopHearing.forEach((stop) => stop?.());
    this.dispose();
    return Promise.resolve();
  }

  private hearLayers(): void {
    const { model, layers } = this;
    const goesOn = thisTraining(model);
    this.stopHearing.forEach((stop) => stop?.());
    this.tells = [];
    this.stopHearing = layers.map((layer, i) => {
      const stop = layer.hearKL?.((share, c) => {
        if (!goesOn()) stop!();
        else if (c > 0) this.hearShare(i, share, c);
      });
      return stop;
    });
  }

  private hearShare(i: number, share: tf.Scalar, c: number): void {
    tf.dispose(this.kls[i] ?? []);
    this.kls[i] = isOnGPU() ? tf.keep(tf.reshape(tf.div(share, c), [])) : numberNow(share) / c;
    this.tells[i] = true;
  }

  private dispose(): void {
    tf.dispose([this.sums ?? [], this.kls, this.penalty]);
    this.sums = undefined;
    this.kls = [];
    this.penalty = 0;
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
        'neither datasetSize nor layers that agree on a KL factor of 1 / N',
        'fitDataset does not tell it: elboReport({datasetSize: N})',
      )
    );
  }

  /** N of the layers' KL factor = 1 / N. */
  private claimedExamples(): number | undefined {
    const [factor, ...others] = this.layers.map(({ klFactor }) => klFactor);
    const agreed = factor! > 0 && factor! < 1 && others.every((other) => other === factor);
    return agreed ? Math.round(1 / factor!) : undefined;
  }

  private warnOfFactor(): void {
    const wrong = this.layers.filter(({ klFactor }) => Math.abs(klFactor * this.N - 1) > 1e-6);
    if (wrong.length > 0)
      console.warn(
        `tfjs-bnn: ${WHO}: ${this.N} examples are trained on, so the KL factor must be 1/${this.N} for the loss to be the negative ELBO ` +
          `per example; ${wrong.map(({ name, klFactor }) => `${name} has ${shownFactor(klFactor)}`).join(', ')}. ` +
          `setDatasetSize(model, ${this.N}) sets it for all layers; the rows of a validation split do not count.`,
      );
  }

  /** The user's weight: between epochs, where a warm-up has given it back. */
  private sayWeight(): void {
    const weight = this.layers.find(({ klWeight }) => klWeight !== 1)?.klWeight;
    if (weight === undefined || this.saidWeight) return;
    this.saidWeight = true;
    console.warn(
      `tfjs-bnn: ${WHO}: training uses the klWeight ${weight}; kl and elbo are reported with klWeight 1.`,
    );
  }

  private async klPerExample(): Promise<number> {
    const kls = this.layers.map((layer) => settled(layer.kl()));
    const kl = weightedSum(kls, () => 1 / this.N);
    const value = await number(kl);
    tf.dispose([kls, kl]);
    return value;
  }
}

/** What the KL of a layer is multiplied by in the loss. */
const weightOf = ({ klWeight, klFactor }: BayesianLayer): number => klWeight * klFactor;

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
