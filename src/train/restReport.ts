/** The last line of a training by the recipe: whether the posterior has come to rest, in words. */
import type * as tf from '@tensorflow/tfjs';
import { someBayesianLayers } from '../layers/bayesian';
import { thisTraining } from '../model/compiled';
import { ModelCallback } from '../model/modelCallback';
import { excessLoss, missingFactor, ScaleSlope, type Slope } from './scaleSlope';

type Logs = NonNullable<Parameters<tf.Callback['onEpochEnd']>[1]>;

/** The last part of the epochs, in which the gradients are watched. */
const WATCHED = 0.2;

/**
 * The root mean square over the weights of ln c, c the factor between the stddevs and those where the loss is least. Where it is
 * 0.05, the loss is above its least by 0.05² nats a weight, times klWeight / N.
 *
 * Of nets on three real sets and on the digits, with klWeights from 0.05 to 1: above 0.1 the loss moved by 0.15 nats an example
 * and more in two or three times the steps, below 0.05 by 0.05 at most.
 */
const AT_REST = 0.05;
const NEAR_REST = 0.1;

export class RestReport extends ModelCallback {
  private watch: ScaleSlope | undefined;
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
    if (epoch === this.first) {
      this.release();
      const { model } = this;
      const layers = someBayesianLayers(this.who, model);
      this.watch = new ScaleSlope(layers, model.optimizer, thisTraining(model));
    }
    return Promise.resolve();
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    this.done = epoch + 1;
    this.last = { ...logs };
    return Promise.resolve();
  }

  override async onTrainEnd(): Promise<void> {
    const slopes = await this.watch?.slopes();
    this.release();
    console.log(`tfjs-bnn: ${this.who}: ${this.verdict(slopes ?? [])}${elboOf(this.last)}`);
  }

  private verdict(slopes: readonly Slope[]): string {
    const { done, epochs } = this;
    if (done < epochs) {
      const inWarmup = done < this.warmup * epochs ? ', while the KL was still coming in' : '';
      return `training ended after epoch ${done} of ${epochs}${inWarmup}: this is an early-stopped net, not the posterior.`;
    }
    const last = epochs - this.first;
    const lastEpochs = last === 1 ? 'the last epoch' : `the last ${last} epochs`;
    // Also in a short training, all of which is warm-up from a KL of 0.
    if (slopes.length === 0)
      return `the posterior has not come to rest: in ${lastEpochs} no stddev was trained under a KL.`;
    const { name, slope } = slopes.reduce((worst, one) => (cost(one) > cost(worst) ? one : worst));
    const [away, least, most] = [distance(slopes, 0), distance(slopes, -2), distance(slopes, 2)];
    const factor = missingFactor(slope);
    const times = factor > 10 ? 'more than 10' : factor.toFixed(2);
    const by = `by the gradients of ${lastEpochs}, the stddevs are`;
    const where = `${by} ${percents(away)} % from where the loss is smallest (those of ${name} would be ${times} times as large there)`;
    if (least < AT_REST && most >= NEAR_REST)
      return (
        `whether the posterior has come to rest cannot be told from so few steps: ${by} ` +
        `${percents(least)} to ${percents(most)} % from where the loss is smallest.`
      );
    if (away < AT_REST) return `the posterior has come to rest: ${where}.`;
    if (away < NEAR_REST)
      return `the posterior is near rest: ${where}; more epochs would still move it a little.`;
    return (
      `the posterior has not come to rest: ${where}. It is an early-stopped net so far; ` +
      'train for more epochs, or with a larger learning rate.'
    );
  }

  private release(): void {
    this.watch?.dispose();
    this.watch = undefined;
  }
}

/** In units of klWeight / N: what the loss would lose if a layer's stddevs were where it is least. */
const cost = ({ weights, slope }: Slope): number => weights * excessLoss(slope);

/** The root mean square above, with slopes that are so many standard errors farther from 0. */
function distance(slopes: readonly Slope[], errors: number): number {
  const weights = slopes.reduce((n, one) => n + one.weights, 0);
  const sum = slopes.reduce((sum, one) => {
    const size = Math.max(0, Math.abs(one.slope) + errors * one.standardError);
    return sum + cost({ ...one, slope: Math.sign(one.slope) * size });
  }, 0);
  return Math.sqrt(sum / weights);
}

const percents = (part: number): string => (part > 1 ? 'more than 100' : (100 * part).toFixed(0));

/** What the epoch's logs say of it, which are numbers by then. */
function elboOf({ elbo, nll, kl }: Logs): string {
  // Missing of an epoch that had no batch, where a dataset ran out.
  if (![elbo, nll, kl].every(Number.isFinite)) return '';
  const [e, n, k] = [elbo, nll, kl].map((v) => (v as number).toPrecision(4));
  return ` ELBO ${e} nats per example (nll ${n}, KL ${k}).`;
}
