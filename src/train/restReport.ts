/** The last line of a training by the recipe: whether the posterior has come to rest, in words. */
import type * as tf from '@tensorflow/tfjs';
import { someBayesianLayers } from '../layers/bayesian';
import { ModelCallback } from './modelCallback';
import { hasPace, ScalePace } from './scalePace';

type Logs = NonNullable<Parameters<tf.Callback['onEpochEnd']>[1]>;

/** The last part of the epochs, in which the scales are watched. */
const WATCHED = 0.2;

/** Of 8 real sets, trained for 200 to 20,000 steps: up to it the ELBO gained no more by three times the steps. */
const AT_REST = 0.2;
const NEAR_REST = 0.5;

export class RestReport extends ModelCallback {
  private watch: ScalePace | undefined;
  private first = 0;
  private done = 0;
  private last: Logs = {};

  constructor(
    private readonly who: string,
    private readonly epochs: number,
    private readonly warmup: number,
  ) {
    super(who);
  }

  protected override begin(): Promise<void> {
    this.release();
    this.last = {};
    const initial = (this.params.initialEpoch as number | null | undefined) ?? 0;
    this.first = Math.min(this.epochs - 1, Math.max(initial, Math.ceil((1 - WATCHED) * this.epochs)));
    return Promise.resolve();
  }

  override onEpochBegin(epoch: number): Promise<void> {
    if (epoch === this.first && hasPace(this.model.optimizer)) {
      this.release();
      this.watch = new ScalePace(someBayesianLayers(this.who, this.model));
    }
    return Promise.resolve();
  }

  override onBatchBegin(): Promise<void> {
    this.watch?.step((this.model.optimizer as unknown as { learningRate: number }).learningRate);
    return Promise.resolve();
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    this.done = epoch + 1;
    this.last = { ...logs };
    return Promise.resolve();
  }

  override async onTrainEnd(): Promise<void> {
    const pace = await this.watch?.pace();
    this.release();
    console.log(`tfjs-bnn: ${this.who}: ${this.verdict(pace)}${elboOf(this.last)}`);
  }

  private verdict(pace: number | undefined): string {
    const { done, epochs } = this;
    if (done < epochs) {
      const inWarmup = done < this.warmup * epochs ? ', while the KL was still coming in' : '';
      return `training ended behind epoch ${done} of ${epochs}${inWarmup}: this is an early-stopped net, not the posterior.`;
    }
    if (pace === undefined)
      return (
        'whether the posterior has come to rest cannot be told of this optimizer, whose steps are not of the size of its ' +
        'learning rate; adam() tells it.'
      );
    const last = epochs - this.first;
    const epochsNow = last === 1 ? 'the last epoch' : `the last ${last} epochs`;
    const way = `in ${epochsNow} its scales went ${(100 * Math.min(1, pace)).toFixed(0)} % of the way that the steps allowed`;
    if (pace < AT_REST) return `the posterior has come to rest: ${way}.`;
    if (pace < NEAR_REST)
      return `the posterior is near rest: ${way}; more epochs would still move it a little.`;
    return (
      `the posterior has not come to rest: ${way}. It is an early-stopped net so far; ` +
      'train for more epochs, or with a larger learning rate.'
    );
  }

  private release(): void {
    this.watch?.dispose();
    this.watch = undefined;
  }
}

/** What the epoch's logs say of it, which are numbers by then. */
function elboOf({ elbo, nll, kl }: Logs): string {
  if (![elbo, nll, kl].every((v) => typeof v === 'number')) return '';
  const [e, n, k] = [elbo, nll, kl].map((v) => (v as number).toPrecision(4));
  return ` ELBO ${e} nats per example (nll ${n}, KL ${k}).`;
}
