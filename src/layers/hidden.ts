/**
 * HiddenLayer: a dense layer with a Gaussian posterior over its weights, as a `tf.layers` layer.
 *
 *     output = non_linearity(X · A),   A ~ Normal(A_mean, A_scale²),   prior Normal(0, A_prior_scale²)
 *     loss  += klWeight · KL_factor · KL(posterior ‖ prior)
 *
 * A thin shell: the pre-activations are drawn in `estimators/`, the posterior lives in `gaussianWeights.ts`. What
 * is here is what a layer has: shapes, options, saving, its share of the loss.
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, checkNotNegative, refuse, shown, shownShape } from '../check';
import { appendOnes } from '../numerics/columnOfOnes';
import type { Estimator, Folding } from '../estimators/estimator';
import { local } from '../estimators/local';
import { weightSpace } from '../estimators/weightSpace';
import { checkRoom } from '../kernels/room';
import { dense } from '../maps/dense';
import { seedSequence, standardNormal, type Seeds } from '../noise/noise';
import { forPassOnly, recordedTape } from '../op';
import type { TensorFunction } from './activation';
import { brand, type BayesianLayer, type Place, type Posterior } from './bayesian';
import { biasRemarks } from './biasRemarks';
import { columnBefore } from './columnBefore';
import { copied } from './copied';
import { GaussianWeights, type PosteriorLike, type WeightMoments } from './gaussianWeights';
import { refuseToTrainInHalfFloats, warnOfHalfFloats } from './halfFloats';
import {
  checkedOptions,
  FORMAT,
  optionsFromConfig,
  type CheckedOptions,
  type HiddenLayerOptions,
  type HiddenLayerSettings,
} from './hiddenOptions';
import { ownArgs } from './layerArgs';
import { initialPosterior } from './initialPosterior';
import { oneInput, oneShape, type Shape } from './oneInput';
import { OncePerPass } from './oncePerPass';
import { checkPriorShape } from './prior';
import { register } from './register';
import { SeedOfPass } from './seedOfPass';
import { warnOfDefaultFactor, warnOfLast, warnOfMissedKL, warnOfNoKL, warnOfPass } from './warnings';

const WHO = 'HiddenLayer';

type Kwargs = Record<string, unknown>;

/**
 * A dense layer whose weights are a trainable Gaussian distribution, after `pyro.contrib.bnn.HiddenLayer`.
 *
 * Input [..., D] of rank 2 or more, output [..., H], or [..., H + 1] with `include_hidden_bias`. Every call draws
 * anew, in training and in prediction. Weights: A_mean [D, H] and A_scale_unconstrained = ln A_scale [D, H], where D
 * counts the column of ones of `include_input_bias`.
 *
 * The local reparameterization draws each pre-activation by itself. That is exact where one use of a weight does not
 * meet another: not for inputs of rank 3 whose positions are then averaged, nor for one layer on two inputs that are
 * then compared. There `weight_space_sampling: true` has the right joint distribution, for all calls of one pass: in
 * `fit`, in `predictive`, and where `model.apply(x, {})` is called, with a new `{}` for each pass. `predict` and
 * `evaluate` do not tell a layer which calls belong together: a layer that is used twice draws one A for each use there.
 *
 * In `fit` the loss has the KL by itself. In a training loop of one's own the KL is due once after each forward pass under a
 * gradient, whatever `training` says (that is for dropout), and `model.calculateLosses()` within that gradient hands it
 * over. Several passes that share one call of it share one KL, as the terms of one loss do; where each pass is followed
 * by a call of its own, each has one.
 *
 * On webgl with 16-bit textures (older phones) it predicts with 2 to 3 digits, and refuses to train.
 */
export class HiddenLayer extends tf.layers.Layer implements BayesianLayer {
  static className = 'HiddenLayer';

  /** The options after their checks, with the defaults filled in. */
  readonly settings: Readonly<HiddenLayerSettings>;
  private readonly outputOf: TensorFunction;
  private readonly estimator: Estimator;
  private readonly leftOpen: CheckedOptions['leftOpen'];
  private readonly klDue = new OncePerPass();
  private shapesAsked = 0;
  private factor: number | undefined;
  private weight: number;
  private seeds: Seeds;
  private readonly seedOfPass = new SeedOfPass();
  private gaussian: GaussianWeights | undefined;

  /** @throws if an option is missing, unknown, of the wrong kind or out of range; nothing is allocated then. */
  constructor(options: HiddenLayerOptions) {
    const { settings, outputOf, leftOpen } = checkedOptions(options);
    super(ownArgs(options));
    this.settings = settings;
    this.outputOf = outputOf;
    this.leftOpen = leftOpen;
    this.estimator = settings.weight_space_sampling ? weightSpace : local;
    this.factor = settings.KL_factor;
    this.weight = settings.klWeight;
    this.seeds = seedSequence(settings.seed);
    this.supportsMasking = true;
    this.addLoss(() => this.takeScaledKL());
  }

  override build(inputShape: Shape | Shape[]): void {
    const D = this.inputWidth(oneShape(WHO, inputShape)) + (this.settings.include_input_bias ? 1 : 0);
    const H = this.settings.units;
    checkPriorShape(WHO, this.settings.A_prior_scale, D, H);
    // What is alive at once while the initial posterior is made and written.
    checkRoom(this.name, [D, H], 6);
    tf.tidy(() => {
      const initial = initialPosterior(WHO, this.settings, D, H, this.seeds);
      const variable = (name: string): tf.LayerVariable =>
        this.addWeight(name, [D, H], 'float32', tf.initializers.zeros());
      this.gaussian = new GaussianWeights(variable, initial);
    });
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs): tf.Tensor {
    // Whoever takes a gradient trains, whatever dropout is told.
    const training = kwargs.training === true || recordedTape() !== undefined;
    if (training) refuseToTrainInHalfFloats(this.name);
    const draw = (): [tf.Tensor, ...tf.Tensor[]] => {
      this.invokeCallHook(inputs, kwargs);
      const X = this.checkedInput(inputs);
      const weights = this.weightDistribution();
      const [shape] = this.estimator.noise(dense, X.shape, [weights.read().A_mean.shape]);
      // Noise, pre-activations, their stddevs and the output, for whose sake some backend might lose all it holds.
      checkRoom(this.name, [...X.shape.slice(0, -1), this.settings.units], 4);
      const noise = standardNormal(shape!, this.seedFor(kwargs));
      const prior = training ? { p: this.settings.A_prior_scale, c: this.lossWeight() } : undefined;
      const h = weights.draw(X, noise, this.estimator, this.outputOf, prior);
      // With the KL of a training pass, which lives until its loss asks for it.
      return [h, ...weights.ofPass()];
    };
    const [output] = forPassOnly(() => tf.tidy(draw));
    // Last, so that a call that fails leaves nothing due.
    if (training) this.beginTrainingPass(kwargs);
    return output;
  }

  fold(inputs: tf.Tensor, shared: boolean): Folding {
    const X = this.checkedInput(inputs);
    const { A_mean } = this.weightDistribution().read();
    const A_spread = this.weightDistribution().spread(this.estimator.power);
    return this.estimator.fold(dense, X, { mean: [A_mean], spread: [A_spread] }, shared, this.outputOf);
  }

  /** Means and variances of the weights, those that the layer itself computes with. The caller tidies, and disposes of neither. */
  weightMoments(): WeightMoments {
    return this.weightDistribution().moments(this.estimator.power);
  }

  /**
   * `compile` reads it, and is where a model is whole and nothing has been refused yet: the layer may say now that it is the
   * last one, before `fit` finds that the targets have another shape.
   */
  override get trainableWeights(): tf.LayerVariable[] {
    // TensorFlow.js asks for the shape of an output once for each use, and again where its model is used in another one.
    warnOfLast(this, () => this.shapesAsked > this.inboundNodes.length);
    return super.trainableWeights;
  }

  override set trainableWeights(weights: tf.LayerVariable[]) {
    super.trainableWeights = weights;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    this.shapesAsked++;
    const shape = oneShape(WHO, inputShape);
    this.inputWidth(shape);
    return [...shape.slice(0, -1), this.settings.units + (this.settings.include_hidden_bias ? 1 : 0)];
  }

  /**
   * KL of the posterior from the prior in nats, a sum over all D·H weights, scaled by nothing; a fresh scalar.
   *
   * A loss of one's own takes it from here or, scaled, from `calculateLosses()`: one or the other.
   */
  kl(): tf.Scalar {
    this.klDue.ask();
    return this.weightDistribution().kl(this.settings.A_prior_scale);
  }

  /** The posterior over the weights, as fresh tensors in natural units: they are the caller's to dispose of. */
  posterior(): Posterior {
    return this.weightDistribution().posterior();
  }

  priorScale(): tf.Tensor {
    return tf.tensor(this.settings.A_prior_scale);
  }

  /**
   * Sets the posterior over the weights: means [D, H], and stddevs [D, H] in natural units, above 0. Tensors stay the
   * caller's; their values are copied.
   */
  setPosterior(posterior: PosteriorLike): void {
    this.weightDistribution().setPosterior(this.name, posterior);
  }

  /** What the KL in the loss is multiplied by. May be changed while the model trains. */
  get KL_factor(): number {
    return this.factor ?? 1;
  }

  set KL_factor(value: number) {
    checkNotNegative(this.name, 'KL_factor', value);
    this.factor = value;
  }

  /** Tempering and warm-up, apart from KL_factor. May be changed while the model trains. */
  get klWeight(): number {
    return this.weight;
  }

  set klWeight(value: number) {
    checkNotNegative(this.name, 'klWeight', value);
    this.weight = value;
  }

  /** Does one draw of A serve all rows of a call? */
  get weight_space_sampling(): boolean {
    return this.settings.weight_space_sampling;
  }

  get include_hidden_bias(): boolean {
    return this.settings.include_hidden_bias;
  }

  get seed(): number | undefined {
    return this.settings.seed;
  }

  withSeeds<T>(seeds: Seeds, f: () => T): T {
    const own = this.seeds;
    this.seeds = seeds;
    try {
      return f();
    } finally {
      this.seeds = own;
    }
  }

  remarks(place: Place): string[] {
    const { name, settings, leftOpen } = this;
    return biasRemarks(name, { settings, leftOpen }, place, columnBefore(this));
  }

  /** Everything that makes this layer again, as JSON. @throws if non_linearity is a function, which JSON has not. */
  override getConfig(): tf.serialization.ConfigDict {
    if (typeof this.settings.non_linearity === 'function')
      refuse(
        this.name,
        'a layer is saved with the name of its non_linearity',
        shown(this.settings.non_linearity),
        "use a name, or non_linearity: 'linear' and a layer for the function behind it",
      );
    const now = { ...this.settings, KL_factor: this.factor, klWeight: this.weight, format: FORMAT };
    const given = Object.entries(now).filter(([, value]) => value !== undefined);
    return copied({ ...super.getConfig(), ...Object.fromEntries(given) }) as tf.serialization.ConfigDict;
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(optionsFromConfig(config));
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
    return due && weight > 0
      ? this.weightDistribution().scaledKL(this.settings.A_prior_scale, weight)
      : tf.scalar(0);
  }

  /** What the KL is multiplied by in the loss. */
  private lossWeight(): number {
    return this.klWeight * this.KL_factor;
  }

  /** With one A for all rows, all calls of one pass (a layer on two inputs, the steps of a series) share it too. */
  private seedFor(pass: Kwargs): number {
    return this.weight_space_sampling ? this.seedOfPass.of(pass, this.seeds) : this.seeds();
  }

  private checkedInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    warnOfHalfFloats();
    const X = oneInput(this.name, inputs);
    checkFloat32(this.name, 'the input', X);
    const width = this.inputWidth(X.shape);
    const D = this.weightDistribution().read().A_mean.shape[0] - (this.settings.include_input_bias ? 1 : 0);
    if (width !== D)
      refuse(this.name, `the last axis of the input must have the length ${D}`, shownShape(X.shape));
    return this.settings.include_input_bias ? appendOnes(X) : X;
  }

  private inputWidth(shape: Shape): number {
    const width = shape.at(-1);
    if (shape.length < 2 || width == null)
      refuse(this.name, 'the input must have at least two axes, the last of known length', shownShape(shape));
    return width;
  }

  private weightDistribution(): GaussianWeights {
    if (this.gaussian?.isGone === true)
      refuse(this.name, 'the layer must be alive', 'one that is disposed of');
    return (
      this.gaussian ??
      refuse(this.name, 'the layer must be built first', 'no input yet', 'add it to a model, or call build')
    );
  }
}

/** As `new HiddenLayer(options)`, in the manner of `tf.layers.dense(options)`. */
export function hiddenLayer(options: HiddenLayerOptions): HiddenLayer {
  return new HiddenLayer(options);
}

brand(HiddenLayer);
register(HiddenLayer);
