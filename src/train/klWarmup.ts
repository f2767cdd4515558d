/**
 * Warm-up of the KL: its weight grows from 0 to what the user set, so that the means learn before the prior pulls.
 *
 *     klWeight = w(t) · klWeight set by the user,   t = epoch / epochs, w = 1 from t = 1 on
 *
 *     linear      w = t                              Bowman et al. 2016, arXiv:1511.06349
 *     cosine      w = (1 − cos πt) / 2
 *     cyclical    w = min(1, 2 · frac(cycles · t))   Fu et al. 2019, arXiv:1903.10145, eq. 6–8 with R = ½
 */
import type * as tf from '@tensorflow/tfjs';
import { checkKeys, checkPositiveInteger, refuse, shown } from '../check';
import { someBayesianLayers, type BayesianLayer } from '../layers/bayesian';
import { thisTraining } from '../model/compiled';
import { ModelCallback } from '../model/modelCallback';
import { move, takeBack, type Move } from './movedNumber';

export type KLWarmupShape = 'linear' | 'cosine' | 'cyclical';

export interface KLWarmupOptions {
  /** Epochs until the KL has its full weight. */
  epochs: number;
  /** @defaultValue 'linear' */
  shape?: KLWarmupShape;
  /** How often `cyclical` starts from 0 within `epochs`. @defaultValue 4 */
  cycles?: number;
}

const WHO = 'klWarmup';

/** w(t) for t in [0, 1). */
const SHAPES: Readonly<Record<KLWarmupShape, (t: number, cycles: number) => number>> = {
  linear: (t) => t,
  cosine: (t) => (1 - Math.cos(Math.PI * t)) / 2,
  cyclical: (t, cycles) => Math.min(1, 2 * ((cycles * t) % 1)),
};

/**
 * A callback for `fit` and `fitDataset` that moves the klWeight of every Bayesian layer, never its klFactor.
 *
 * The weight of an epoch depends on its index alone: `initialEpoch` resumes where training was broken off. Between epochs
 * and after training each layer has the weight again that its user set, so that a model saved there holds that weight:
 * put this callback before those that save. So it is where an error breaks an epoch off. What is set in an epoch is the
 * user's weight from then on; two trainings that warm up one layer at a time multiply.
 *
 * @throws if an option is missing, unknown or out of range; when training begins, if the model holds no Bayesian layer, or
 * another klWarmup is in the list.
 *
 * @example
 * await model.fit(x, y, { epochs: 20, callbacks: [klWarmup({ epochs: 10 }), elboReport()] });
 */
export function klWarmup(options: KLWarmupOptions): tf.Callback {
  return new KLWarmup(options);
}

class KLWarmup extends ModelCallback {
  private readonly weightAt: (epoch: number) => number;
  private layers: BayesianLayer[] = [];
  private now: Move | undefined;

  constructor(options: KLWarmupOptions) {
    super(WHO);
    checkKeys(WHO, options, ['epochs', 'shape', 'cycles']);
    const { epochs, shape = 'linear', cycles = 4 } = options;
    checkPositiveInteger(WHO, 'epochs', epochs);
    checkPositiveInteger(WHO, 'cycles', cycles);
    if (!Object.keys(SHAPES).includes(shape))
      refuse(WHO, `shape must be ${Object.keys(SHAPES).map(shown).join(', ')}`, shown(shape));
    this.weightAt = (epoch) => (epoch < epochs ? SHAPES[shape](epoch / epochs, cycles) : 1);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  protected override async begin(): Promise<void> {
    this.layers = someBayesianLayers(WHO, this.model);
    const { history } = this.model;
    const other = warmupOf.get(history);
    if (other !== undefined && other !== this)
      refuse(WHO, 'a training may have only one klWarmup', 'two in its list of callbacks', 'leave one out');
    warmupOf.set(history, this);
  }

  override onEpochBegin(epoch: number): Promise<void> {
    this.giveBack();
    this.now = { factor: this.weightAt(epoch), holds: thisTraining(this.model) };
    for (const layer of this.layers) move(layer, 'klWeight', this.now);
    return Promise.resolve();
  }

  override onEpochEnd(): Promise<void> {
    this.giveBack();
    return Promise.resolve();
  }

  private giveBack(): void {
    const { now } = this;
    if (now !== undefined) this.layers.forEach((layer) => takeBack(layer, 'klWeight', now));
    this.now = undefined;
  }
}

/** By the history of a training, of which TensorFlow.js makes a new one each time. */
const warmupOf = new WeakMap<tf.History, KLWarmup>();
