/**
 * What every layer with a posterior over its weights has, whatever it does with them: its share of the loss,
 *
 *     loss += klWeight · klFactor · KL(posterior ‖ prior)        once in each pass of training
 *
 * its seeds, and how a call takes part in a pass.
 */
import * as tf from '@tensorflow/tfjs';
import { checkNotNegative, refuse } from '../check';
import { seedSequence, type Seeds } from '../noise/noise';
import { forPassOnly, recordedTape } from '../op';
import type { BayesianLayer, HearKL, Place } from './bayesian';
import type { BayesianWeights } from './bayesianWeights';
import type { GaussianTensor } from './gaussianTensor';
import { refuseToTrainInHalfFloats } from './halfFloats';
import { ownArgs, type LayerArgs } from './layerArgs';
import { OncePerPass } from './oncePerPass';
import { SeedOfPass } from './seedOfPass';
import { warnOfDefaultFactor, warnOfMissedKL, warnOfNoKL, warnOfPass } from './warnings';

export type Kwargs = Record<string, unknown>;

export interface VariationalSettings {
  /** Undefined where the layer's owner has said nothing. */
  klFactor: number | undefined;
  klWeight: number;
  seed: number | undefined;
}

export abstract class VariationalLayer extends tf.layers.Layer implements BayesianLayer {
  /** @internal */
  abstract readonly drawsWeights: boolean;
  /** @internal */
  abstract readonly appendsOnes: boolean;
  /** @internal */
  abstract remarks(place: Place): string[];

  readonly seed: number | undefined;
  private readonly klDue = new OncePerPass();
  private readonly seedOfPass = new SeedOfPass();
  private readonly klHearers = new Set<HearKL>();
  private factor: number | undefined;
  private weight: number;
  private seeds: Seeds;
  private distribution: BayesianWeights | undefined;

  constructor(args: LayerArgs, { klFactor, klWeight, seed }: VariationalSettings) {
    super(ownArgs(args));
    this.factor = klFactor;
    this.weight = klWeight;
    this.seed = seed;
    this.seeds = seedSequence(seed);
    this.supportsMasking = true;
    this.addLoss(() => this.takeScaledKL());
  }

  /** What the KL in the loss is multiplied by. May be changed while the model trains. */
  get klFactor(): number {
    return this.factor ?? 1;
  }

  set klFactor(value: number) {
    checkNotNegative(this.name, this.factorName, value);
    this.factor = value;
  }

  /** Tempering and warm-up, apart from klFactor. May be changed while the model trains. */
  get klWeight(): number {
    return this.weight;
  }

  set klWeight(value: number) {
    checkNotNegative(this.name, 'klWeight', value);
    this.weight = value;
  }

  /**
   * KL of the posterior from the prior in nats, a sum over all weights, scaled by nothing; a fresh scalar.
   *
   * A loss of one's own takes it from here or, scaled, from `calculateLosses()`: one or the other.
   *
   * @example
   * const layer = layers.dense({ units: 2, useBias: false, kernelInitializer: 'ones', initialStddev: 1 });
   * layer.build([null, 3]);
   * layer.kl().print(); // 3
   */
  kl(): tf.Scalar {
    this.klDue.ask();
    return this.weightDistribution().kl();
  }

  /** @internal */
  hearKL(hear: HearKL): () => void {
    this.klHearers.add(hear);
    return () => void this.klHearers.delete(hear);
  }

  /** @internal */
  gaussians(): readonly GaussianTensor[] {
    return this.weightDistribution().tensors;
  }

  /** @internal */
  withSeeds<T>(seeds: Seeds, f: () => T): T {
    const own = this.seeds;
    this.seeds = seeds;
    try {
      return f();
    } finally {
      this.seeds = own;
    }
  }

  /** How `klFactor` is spelt in this layer's options. */
  protected readonly factorName: string = 'klFactor';

  /** As its owner has set them: a warm-up that is under way moves `klWeight` itself. */
  protected get ownKLSettings(): Pick<VariationalSettings, 'klFactor' | 'klWeight'> {
    return { klFactor: this.factor, klWeight: this.weight };
  }

  /** Of the layer's own sequence, for initial values. */
  protected get initialSeeds(): Seeds {
    return this.seeds;
  }

  /** What a config says of the priors, in the order of the tensors; also of a layer that is disposed of. */
  protected get priorConfigs(): Array<ReturnType<GaussianTensor['priorConfig']>> | undefined {
    return this.distribution?.tensors.map((tensor) => tensor.priorConfig());
  }

  protected setWeightDistribution(distribution: BayesianWeights): void {
    this.distribution = distribution;
  }

  protected weightDistribution(): BayesianWeights {
    if (this.distribution?.isGone === true)
      refuse(this.name, 'the layer must not be disposed of', 'one that is disposed of');
    return (
      this.distribution ??
      refuse(this.name, 'the layer must be built first', 'no input yet', 'add it to a model, or call build')
    );
  }

  /**
   * Runs a call of the layer as a part of its pass.
   *
   * @param draw makes the outputs; in a training pass it gets c, by which the loss will multiply the KL
   */
  protected inPass<T extends tf.Tensor[]>(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: Kwargs,
    draw: (c: number | undefined) => T,
  ): T {
    // Whoever takes a gradient trains, whatever dropout is told.
    const training = kwargs.training === true || recordedTape() !== undefined;
    if (training) refuseToTrainInHalfFloats(this.name);
    const { outputs } = forPassOnly(() =>
      tf.tidy(() => {
        this.invokeCallHook(inputs, kwargs);
        const outputs = draw(training ? this.lossWeight() : undefined);
        // With the KL of a training pass, which lives until its loss asks for it.
        return { outputs, ofPass: this.weightDistribution().ofPass() };
      }),
    );
    // Last, so that a call that fails leaves nothing due.
    if (training) this.beginTrainingPass(kwargs);
    return outputs;
  }

  /** The seed of a call. Where the draws of a pass belong together, all its calls share one. */
  protected seedFor(pass: Kwargs, oneForPass: boolean): number {
    return oneForPass ? this.seedOfPass.of(pass, this.seeds) : this.seeds();
  }

  private beginTrainingPass(pass: Kwargs): void {
    if (this.klDue.begin(this.weightDistribution().version())) warnOfMissedKL(this);
    if (this.weight === 0) warnOfNoKL(this);
    warnOfPass(this, recordedTape() ?? pass);
  }

  /** This layer's share of the loss, once in each forward pass of training. */
  private takeScaledKL(): tf.Scalar {
    const weight = this.lossWeight();
    const due = this.klDue.take();
    if (due) this.seedOfPass.end();
    if (due && this.factor === undefined) warnOfDefaultFactor(this);
    const share = due && weight > 0 ? this.weightDistribution().scaledKL(weight) : tf.scalar(0);
    if (due) for (const hear of this.klHearers) hear(share, weight);
    return share;
  }

  /** What the KL is multiplied by in the loss. */
  private lossWeight(): number {
    return this.klWeight * this.klFactor;
  }
}
