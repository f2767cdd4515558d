/**
 * HiddenLayer: a dense layer with a Gaussian posterior over its weights, as a `tf.layers` layer.
 *
 *     output = non_linearity(X · A),   A ~ Normal(A_mean, A_scale²),   prior Normal(A_prior_mean, A_prior_scale²)
 *     loss  += klWeight · KL_factor · KL(posterior ‖ prior)
 *
 * A thin shell: the pre-activations are drawn in `estimators/`, over the map of `maps/dense.ts`; the posterior lives in
 * `gaussianTensor.ts`, the share of the loss in `variationalLayer.ts`. What is here is Pyro's: names and columns of ones.
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, checkKeys, refuse, shown, shownShape } from '../check';
import { local } from '../estimators/local';
import { weightSpace } from '../estimators/weightSpace';
import { checkRoom } from '../kernels/room';
import { dense } from '../maps/dense';
import { appendOnes } from '../numerics/columnOfOnes';
import { activationConfig } from './activation';
import { brand, type Place } from './bayesian';
import { biasRemarks } from './biasRemarks';
import { columnBefore } from './columnBefore';
import { savedConfig } from './savedFormat';
import { GaussianTensor } from './gaussianTensor';
import {
  checkedOptions,
  formatOf,
  optionsFromConfig,
  type CheckedOptions,
  type HiddenLayerOptions,
  type HiddenLayerSettings,
} from './hiddenOptions';
import { initialPosterior } from './initialPosterior';
import { MappedLayer, NO_FRAME, type Frame, type Plan } from './mappedLayer';
import { oneShape, type Shape } from './oneInput';
import { register } from './register';
import { TensorPrior, type PriorOption } from './tensorPrior';
import { warnOfLast } from './warnings';

const WHO = 'HiddenLayer';

// A type, not an interface: only then does tf.tidy take it for a container of tensors.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type Posterior = {
  /** Means of the weights [D, H]. */
  A_mean: tf.Tensor2D;
  /** Stddevs of the weights [D, H], in natural units (no logarithm, no variance). */
  A_scale: tf.Tensor2D;
};

/** Means and stddevs [D, H] as a caller has them: tensors, or nested arrays. */
export type PosteriorLike = Record<keyof Posterior, tf.Tensor | ReadonlyArray<ArrayLike<number>>>;

/**
 * A dense layer whose weights are a trainable Gaussian distribution, after `pyro.contrib.bnn.HiddenLayer`.
 *
 * Input [..., D] of rank 2 or more, output [..., H], or [..., H + 1] with `include_hidden_bias`. Every call draws
 * anew, in training and in prediction. Weights: A_mean [D, H] and A_scale_unconstrained = ln A_scale [D, H], where D
 * counts the column of ones of `include_input_bias`; and arrays of its prior, where it has such.
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
 *
 * @example
 * const layer = new HiddenLayer({ units: 2, inputShape: [3], datasetSize: 100 });
 * const model = tf.sequential({ layers: [layer, layers.dense({ units: 1, datasetSize: 100 })] });
 * console.log(layer.outputShape); // [null, 3]
 */
export class HiddenLayer extends MappedLayer {
  static className = WHO;

  /** The options after their checks, with the defaults filled in. */
  readonly settings: Readonly<HiddenLayerSettings>;
  private readonly leftOpen: CheckedOptions['leftOpen'];
  private shapesAsked = 0;
  private tensor: GaussianTensor | undefined;
  private tensorPrior: TensorPrior | undefined;

  /** @throws if an option is missing, unknown, of the wrong kind or out of range; nothing is allocated then. */
  constructor(options: HiddenLayerOptions) {
    const { settings, outputOf, leftOpen } = checkedOptions(options);
    const { KL_factor: klFactor, klWeight, seed, non_linearity } = settings;
    const estimator = settings.weight_space_sampling ? weightSpace : local;
    super(options, { klFactor, klWeight, seed }, estimator, frameOf(settings), non_linearity, outputOf);
    this.settings = settings;
    this.leftOpen = leftOpen;
  }

  protected override planFor(inputShape: Shape): Plan {
    const { settings } = this;
    const D = this.inputWidth(inputShape) + (settings.include_input_bias ? 1 : 0);
    const shape = [D, settings.units];
    const variable = (name: string, trainable: boolean): tf.LayerVariable =>
      this.addWeight(name, shape, 'float32', tf.initializers.zeros(), undefined, trainable);
    // What is alive at once while the initial posterior is made and written.
    checkRoom(this.name, shape, 6);
    const initial = initialPosterior(WHO, settings, D, settings.units, this.initialSeeds);
    const prior = new TensorPrior(
      WHO,
      PRIOR_LABELS,
      { mean: settings.A_prior_mean, stddev: settings.A_prior_scale },
      shape,
      (part) => variable(part === 'mean' ? 'A_prior_mean' : 'A_prior_scale', false),
    );
    // After all that may refuse: nothing is left behind then.
    const posterior = ['A_mean', 'A_scale_unconstrained'].map((name) => variable(name, true));
    const labels = { mean: 'A_mean', stddev: 'A_scale' };
    const tensor = new GaussianTensor('A', posterior[0]!, posterior[1]!, prior, labels);
    tensor.write(initial);
    this.tensor = tensor;
    this.tensorPrior = prior;
    return { map: dense, tensors: [tensor] };
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
    return [...shape.slice(0, -1), this.settings.units + (this.appendsOnes ? 1 : 0)];
  }

  /**
   * The posterior over the weights, as fresh tensors in natural units: they are the caller's to dispose of.
   *
   * @throws if the layer is not built.
   *
   * @example
   * const layer = hiddenLayer({ units: 2, A_scale_initializer: 0.1 });
   * layer.build([null, 1]);
   * layer.posterior().A_scale.print(); // [[0.1, 0.1]]
   */
  posterior(): Posterior {
    const { mean, stddev } = this.tensorOfWeights().posterior();
    return { A_mean: mean, A_scale: stddev } as Posterior;
  }

  /**
   * Sets the posterior over the weights: means [D, H], and stddevs [D, H] in natural units, above 0. Tensors stay the
   * caller's; their values are copied.
   *
   * @throws if the layer is not built, one of the two is missing, of another shape or not finite, or a stddev is not above
   * 0.
   *
   * @example
   * const layer = hiddenLayer({ units: 2 });
   * layer.build([null, 1]);
   * layer.setPosterior({ A_mean: [[1, 2]], A_scale: [[0.1, 0.1]] });
   */
  setPosterior(posterior: PosteriorLike): void {
    const tensor = this.tensorOfWeights();
    checkKeys(this.name, posterior, ['A_mean', 'A_scale']);
    for (const name of ['A_mean', 'A_scale'] as const)
      if (posterior[name] == null)
        refuse(
          this.name,
          `${name} must be given`,
          shown(posterior),
          'take what should stay from posterior()',
        );
    tf.tidy(() => tensor.write(tensor.checked(this.name, posterior.A_mean, posterior.A_scale)));
  }

  /**
   * The prior's means and stddevs, fresh tensors [D, H].
   *
   * @example
   * const layer = hiddenLayer({ units: 2, A_prior_scale: 0.5 });
   * layer.build([null, 1]);
   * layer.prior().A_prior_scale.print(); // [[0.5, 0.5]]
   */
  prior(): { A_prior_mean: tf.Tensor; A_prior_scale: tf.Tensor } {
    const { mean, stddev } = this.tensorOfWeights().priorTensors();
    return { A_prior_mean: mean, A_prior_scale: stddev };
  }

  /**
   * Changes the prior, as the options A_prior_mean and A_prior_scale say it: a number where it was one, else arrays or a
   * number.
   *
   * @throws if the layer is not built, an option is not such, or arrays come where a number was; nothing is changed then.
   *
   * @example
   * const layer = hiddenLayer({ units: 2 });
   * layer.build([null, 1]);
   * layer.setPrior({ A_prior_scale: 0.5 });
   */
  setPrior(prior: Pick<HiddenLayerOptions, 'A_prior_mean' | 'A_prior_scale'>): void {
    this.tensorOfWeights();
    checkKeys(this.name, prior, ['A_prior_mean', 'A_prior_scale']);
    const { A_prior_mean: mean, A_prior_scale: stddev } = prior;
    this.tensorPrior!.set({ mean, stddev } as PriorOption);
  }

  /** What the KL in the loss is multiplied by, by Pyro's name. May be changed while the model trains. */
  get KL_factor(): number {
    return this.klFactor;
  }

  set KL_factor(value: number) {
    this.klFactor = value;
  }

  /** Does one draw of A serve all rows of a call? */
  get weight_space_sampling(): boolean {
    return this.settings.weight_space_sampling;
  }

  /** @internal */
  get appendsOnes(): boolean {
    return this.settings.include_hidden_bias;
  }

  /** @internal */
  remarks(place: Place): string[] {
    const { name, settings, leftOpen } = this;
    return biasRemarks(name, { settings, leftOpen }, place, columnBefore(this));
  }

  /** Everything that makes this layer again, as JSON. @throws if non_linearity is a function, which JSON has not. */
  override getConfig(): tf.serialization.ConfigDict {
    const non_linearity = activationConfig(this.name, 'non_linearity', this.settings.non_linearity);
    const { klFactor: KL_factor, klWeight } = this.ownKLSettings;
    const prior = this.tensorPrior?.config();
    const now = {
      ...this.settings,
      ...{ KL_factor, klWeight, non_linearity },
      ...(prior && { A_prior_mean: prior.mean, A_prior_scale: prior.stddev }),
    };
    return savedConfig({ ...super.getConfig(), ...now }, formatOf(now));
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(optionsFromConfig(config));
  }

  protected override readonly factorName = 'KL_factor';

  protected override checkInput(X: tf.Tensor): void {
    checkFloat32(this.name, 'the input', X);
    const width = this.inputWidth(X.shape);
    const D = this.tensorOfWeights().shape[0]! - (this.settings.include_input_bias ? 1 : 0);
    if (width !== D)
      refuse(this.name, `the last axis of the input must have the length ${D}`, shownShape(X.shape));
  }

  private inputWidth(shape: Shape): number {
    const width = shape.at(-1);
    if (shape.length < 2 || width == null)
      refuse(this.name, 'the input must have at least two axes, the last of known length', shownShape(shape));
    return width;
  }

  private tensorOfWeights(): GaussianTensor {
    this.weightDistribution();
    return this.tensor!;
  }
}

/**
 * As `new HiddenLayer(options)`, in the manner of `tf.layers.dense(options)`: input [..., D], output [..., units], and one
 * column of ones more with `include_hidden_bias`.
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   hiddenLayer({ units: 50, include_input_bias: true, inputShape: [1], datasetSize: 64 }),
 *   hiddenLayer({ units: 1, non_linearity: 'linear', include_hidden_bias: false, datasetSize: 64 }),
 * ] });
 * model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: gaussianNLL({ stddev: 0.1 }) });
 * await model.fit(x, y, { epochs: 10 });
 */
export function hiddenLayer(options: HiddenLayerOptions): HiddenLayer {
  return new HiddenLayer(options);
}

const PRIOR_LABELS = {
  ...{ prior: 'A_prior_scale', mean: 'A_prior_mean', stddev: 'A_prior_scale' },
  remedy: 'a bias row counts: with a column of ones at the input the weights have one row more',
};

/** The columns of ones around the map; the one behind it is made with the activation, see `outputFunction`. */
function frameOf({ include_input_bias, include_hidden_bias }: HiddenLayerSettings): Frame {
  return {
    into: include_input_bias ? appendOnes : NO_FRAME.into,
    varianceInto: include_input_bias ? appendZeros : NO_FRAME.varianceInto,
    out: include_hidden_bias ? appendOnes : NO_FRAME.out,
    varianceOut: include_hidden_bias ? appendZeros : NO_FRAME.varianceOut,
  };
}

const appendZeros = (t: tf.Tensor): tf.Tensor => tf.concat([t, tf.zeros([...t.shape.slice(0, -1), 1])], -1);

brand(HiddenLayer);
register(HiddenLayer);
