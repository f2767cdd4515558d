/**
 * Any layer, of `tf.layers` or of a user, with a posterior over each of its trainable weights:
 *
 *     output = layer(X; A),   A = mean + stddev ⊙ ε,   one ε for each weight
 *
 * One draw serves all rows, positions and steps of a pass, as Fortunato et al. 2017 (arXiv:1704.02798, eq. 5) want it of a
 * recurrent net. The means are the layer's own variables; what it does not train, such as moving statistics, stays as it is.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shownShape } from '../check';
import { checkRoom } from '../kernels/room';
import { seedOfPart, standardNormal } from '../noise/noise';
import { brand } from './bayesian';
import { BayesianWeights } from './bayesianWeights';
import { priorLabels } from './familyOptions';
import { GaussianTensor } from './gaussianTensor';
import { warnOfHalfFloats } from './halfFloats';
import { initialStddevs } from './initialStddevs';
import { loadedInner, savedInner } from './innerLayer';
import { withNamedPosteriors } from './namedPosteriors';
import type { Shape } from './oneInput';
import { readInstead } from './readInstead';
import { register } from './register';
import { optionsOfFormat, savedConfig } from './savedFormat';
import { withSeededInitializers } from './seededInitializers';
import { TensorPrior } from './tensorPrior';
import { VariationalLayer, type Kwargs } from './variationalLayer';
import {
  checkedWrapperOptions,
  type BayesianWrapperOptions,
  type PriorNumbers,
  type WrapperSettings,
} from './wrapperOptions';

type Layer = tf.layers.Layer;
type Tensors = tf.Tensor | tf.Tensor[];
type Symbolic = tf.SymbolicTensor | tf.SymbolicTensor[];

const WHO = 'BayesianWrapper';

/** See `savedFormat.ts`. */
const FORMAT = 1;

/**
 * Input, output, masks and states are those of the layer inside; its trainable weights are the means, by the same names,
 * beside them the logarithms of stddevs.
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 */
export class BayesianWrapper extends withNamedPosteriors(VariationalLayer) {
  static className = WHO;

  /** @internal */
  readonly drawsWeights = true;
  /** @internal */
  readonly appendsOnes = false;
  /** The layer inside. Its variables are the means: computing with it by itself is computing with the means. */
  readonly layer: Layer;
  private readonly settings: WrapperSettings;
  private means: tf.LayerVariable[] = [];
  /** Of the tensors of a layer that is loaded, in their order. */
  private loadedPriors: PriorNumbers[] | undefined;

  constructor(options: BayesianWrapperOptions) {
    const settings = checkedWrapperOptions(WHO, options);
    super(options, settings);
    this.settings = settings;
    this.layer = settings.layer;
    this.supportsMasking = this.layer.supportsMasking;
  }

  override build(inputShape: Shape | Shape[]): void {
    const { layer } = this;
    checkAxes(this.name, layer, inputShape);
    withSeededInitializers(layer, this.settings.seed, () => {
      layer.build(inputShape);
    });
    layer.built = true;
    const [means, fixed] = [layer.trainableWeights, layer.nonTrainableWeights];
    if (means.length === 0) {
      fixed.forEach((variable) => variable.dispose());
      refuse(
        this.name,
        'the layer inside must have weights to train',
        `${layer.name}, which has none`,
        layer.trainable ? 'use it as it is' : 'trainable: false on the wrapper freezes it with its posterior',
      );
    }
    means.forEach(({ shape }) => checkRoom(this.name, shape as number[], 6));
    const names = means.map((mean) => this.ownName(mean));
    const stddevs = names.map((name, i) =>
      this.addWeight(`${name}_ln_stddev`, means[i]!.shape, 'float32', tf.initializers.zeros()),
    );
    tf.tidy(() => {
      const initial = initialStddevs(means, this.settings.initialStddev);
      stddevs.forEach((variable, i) => variable.write(tf.log(initial[i]!)));
    });
    this.means = means;
    this.trainableWeights = [...means, ...stddevs];
    this.nonTrainableWeights = fixed;
    const tensors = names.map((name, i) => {
      const labels = { mean: `${name}.mean`, stddev: `${name}.stddev` };
      return new GaussianTensor(name, means[i]!, stddevs[i]!, this.priorOfPart(name, i), labels);
    });
    this.setWeightDistribution(new BayesianWeights(tensors));
    // What the layer inside adds by itself.
    this.addLoss(layer.losses);
    super.build(inputShape);
  }

  /** Initial states, where the layer inside takes them, are inputs too: they come with the first one, or by name. */
  override apply(inputs: Tensors | Symbolic, kwargs?: Kwargs): Tensors | Symbolic {
    const { initialState, ...others } = kwargs ?? {};
    if (initialState == null || Array.isArray(inputs)) return super.apply(inputs, kwargs);
    return super.apply([inputs, initialState].flat() as Tensors, others);
  }

  override call(inputs: Tensors, kwargs: Kwargs): Tensors {
    warnOfHalfFloats();
    const outputs = this.inPass(inputs, kwargs, (c) => {
      const { mean, spread } = this.weightDistribution().forDraw(1, c);
      const seed = this.seedFor(kwargs, true);
      const A = mean.map((m, i) =>
        tf.add(m, tf.mul(spread[i]!, standardNormal(m.shape, seedOfPart(seed, i)))),
      );
      // A copy, since layers write their states into it.
      const run = (): Tensors => this.layer.apply(inputs, { ...kwargs }) as Tensors;
      return [readInstead(this.means, A, run)].flat();
    });
    return outputs.length === 1 ? outputs[0]! : outputs;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    checkAxes(this.name, this.layer, inputShape);
    return this.layer.computeOutputShape(inputShape);
  }

  override computeMask(inputs: Tensors, mask?: Tensors): Tensors {
    return this.layer.computeMask(inputs, mask);
  }

  override get stateful(): boolean {
    return (this.layer as Layer | undefined)?.stateful ?? false;
  }

  /** Sets the states of a stateful layer back to 0, or to those given. */
  override resetStates(states?: Tensors): void {
    (this.layer as { resetStates: (states?: Tensors) => void }).resetStates(states);
  }

  override setFastWeightInitDuringBuild(value: boolean): void {
    super.setFastWeightInitDuringBuild(value);
    this.layer.setFastWeightInitDuringBuild(value);
  }

  /** Everything that makes this layer again, as JSON. */
  override getConfig(): tf.serialization.ConfigDict {
    const { prior, initialStddev, seed } = this.settings;
    const priors = this.priorConfigs ?? this.loadedPriors;
    const now = { ...this.ownKLSettings, prior, priors, initialStddev, seed, layer: savedInner(this.layer) };
    return savedConfig({ ...super.getConfig(), ...now }, FORMAT);
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    const { layer, priors, ...options } = optionsOfFormat(WHO, FORMAT, config);
    const loaded = new cls({ ...options, layer: loadedInner(WHO, layer) });
    (loaded as unknown as BayesianWrapper).loadedPriors = priors as PriorNumbers[] | undefined;
    return loaded;
  }

  private priorOfPart(name: string, i: number): TensorPrior {
    const { mean, stddev } = this.loadedPriors?.[i] ?? this.settings.prior;
    return new TensorPrior(this.name, priorLabels(`the prior of ${name}`), { mean, stddev }, [], () =>
      refuse(this.name, 'the prior of a wrapped layer must be made of numbers', 'arrays'),
    );
  }

  /** What the variable is called within this layer. */
  private ownName({ originalName }: tf.LayerVariable): string {
    const scope = `${this.name}/`;
    return originalName.startsWith(scope) ? originalName.slice(scope.length) : originalName;
  }
}

/** @throws if the input has not as many axes as the layer inside says it needs. */
function checkAxes(who: string, { inputSpec }: Layer, inputShape: Shape | Shape[]): void {
  const [shape] = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
  const ndim = inputSpec?.[0]?.ndim;
  if (ndim != null && shape!.length !== ndim)
    refuse(who, `the input must have ${ndim} axes`, shownShape(shape!));
}

/**
 * A layer with a posterior over each of its weights, in the manner of `tf.layers.timeDistributed`: shapes are those of the
 * layer inside, and one draw of the weights serves all rows of a pass.
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range; when it is built, if the layer inside has no
 * weights to train.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   layers.bayesian({
 *     layer: tf.layers.separableConv2d({ filters: 8, kernelSize: 3 }),
 *     inputShape: [28, 28, 1],
 *     datasetSize: 60000,
 *   }),
 *   tf.layers.globalAveragePooling2d({}),
 *   layers.dense({ units: 10, activation: 'softmax', datasetSize: 60000 }),
 * ] });
 */
export function bayesian(options: BayesianWrapperOptions): BayesianWrapper {
  return new BayesianWrapper(options);
}

brand(BayesianWrapper);
register(BayesianWrapper);
