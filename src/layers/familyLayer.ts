/**
 * A layer named after one of `tf.layers`, with its options and output shape, whose kernel and bias have posteriors:
 *
 *     output = activation(L(X, kernel) + bias),   kernel, bias ~ Normal(mean, stddev²)
 *
 * What is the layer's own is its map, the shape of its kernel and its options: a page.
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, refuse, shownShape } from '../check';
import { checkRoom } from '../kernels/room';
import { withBias } from '../maps/bias';
import type { LinearMap } from '../maps/map';
import { foldIn, standardNormal } from '../noise/noise';
import { activationConfig } from './activation';
import { CHANNELS_LAST, type ShapedFrame } from './channels';
import { checkedFamilyOptions, priorLabels, type FamilyOptions, type FamilySettings } from './familyOptions';
import { GaussianTensor } from './gaussianTensor';
import { initialValues } from './initializer';
import { MappedLayer, type Plan } from './mappedLayer';
import { withNamedPosteriors } from './namedPosteriors';
import { oneShape, type Shape } from './oneInput';
import { optionsOfFormat, savedConfig } from './savedFormat';
import { checkPriorFits, TensorPrior, type PriorSettings } from './tensorPrior';

/** What a layer makes of an input shape, channels last. */
export interface Design {
  map: LinearMap;
  /** The kernel's name, shape, and how many weights meet in one output, and one input in how many. */
  name: string;
  kernel: number[];
  fanIn: number;
  fanOut: number;
  /** Initial stddev where nobody says one. @defaultValue 0.1 / √fanIn */
  initialStddev?: number;
}

/** See `savedFormat.ts`. */
const FORMAT = 1;

export abstract class FamilyLayer extends withNamedPosteriors(MappedLayer) {
  /** @internal */
  readonly appendsOnes = false;
  private readonly family: FamilySettings;
  private readonly ownOptions: Record<string, unknown>;
  private readonly axes: ShapedFrame;

  /** @param own the layer's own options as they are saved, undefined where they are not given */
  protected constructor(
    private readonly who: string,
    options: FamilyOptions,
    own: Record<string, unknown>,
    axes: ShapedFrame = CHANNELS_LAST,
  ) {
    const family = checkedFamilyOptions(who, options, Object.keys(own));
    const { activate, estimator, activation } = family;
    const outputOf = axes === CHANNELS_LAST ? activate : (z: tf.Tensor): tf.Tensor => axes.out(activate(z));
    super(options, family, estimator, axes, activation, outputOf);
    this.family = family;
    this.ownOptions = own;
    this.axes = axes;
  }

  /** @throws if there is no layer for that input. */
  protected abstract design(inputShape: Shape): Design;

  protected override planFor(inputShape: Shape): Plan {
    const { family } = this;
    // It refuses what there is no output for.
    this.computeOutputShape(inputShape);
    const design = this.design(this.axes.intoShape(inputShape));
    const stddev = family.initialStddev ?? design.initialStddev ?? 0.1 / Math.sqrt(design.fanIn);
    const channels = design.map.channels([design.kernel]).output;
    checkRoom(this.name, design.kernel, 6);
    // Before anything is made.
    checkPriorFits(this.name, priorLabels('prior'), family.prior, design.kernel);
    checkPriorFits(this.name, priorLabels('biasPrior'), family.biasPrior, [channels]);
    const kernelMean = this.initialKernel(design);
    const kernel = this.gaussian(design.name, design.kernel, 'prior', family.prior, kernelMean, stddev);
    if (!family.useBias) return { map: design.map, tensors: [kernel] };
    const biasMean = initialValues(this.name, 'biasInitializer', family.biasInitializer ?? 'zeros', [
      channels,
    ]);
    if (family.biasPosterior === 'deterministic') {
      const offset = this.addWeight('bias', [channels], 'float32', tf.initializers.zeros());
      offset.write(biasMean);
      return { map: design.map, tensors: [kernel], offset };
    }
    const bias = this.gaussian('bias', [channels], 'biasPrior', family.biasPrior, biasMean, stddev);
    return { map: withBias(design.map), tensors: [kernel, bias] };
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = this.axes.intoShape(oneShape(this.who, inputShape));
    const { map, kernel } = this.design(shape);
    // What is not known is no number, and stays so.
    const out = map.outputShape(
      shape.map((n) => n ?? NaN),
      [kernel],
    );
    if (out.slice(1).includes(0))
      refuse(
        this.name,
        'the input must be at least as large as the window',
        shownShape(shape),
        "padding: 'same' fills up the rest",
      );
    return this.axes.outShape(out.map((n) => (Number.isNaN(n) ? null : n)));
  }

  /** Everything that makes this layer again, as JSON. @throws if the activation is a function, which JSON has not. */
  override getConfig(): tf.serialization.ConfigDict {
    const { activate: _, estimator, activation, ...family } = this.family;
    const [kernel, bias] = this.priorConfigs ?? [];
    const now = {
      ...family,
      ...this.ownOptions,
      ...this.ownKLSettings,
      activation: activationConfig(this.name, 'activation', activation),
      estimator: estimator.name,
      prior: kernel ?? family.prior,
      biasPrior: bias ?? family.biasPrior,
    };
    return savedConfig({ ...super.getConfig(), ...now }, FORMAT);
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(optionsOfFormat(cls.className, FORMAT, config));
  }

  protected override checkInput(X: tf.Tensor): void {
    checkFloat32(this.name, 'the input', X);
    const { kernel } = this.design(this.axes.intoShape(X.shape));
    const { shape } = this.gaussians()[0]!;
    if (kernel.some((n, i) => n !== shape[i]))
      refuse(this.name, `the input must fit a kernel of shape ${shownShape(shape)}`, shownShape(X.shape));
  }

  private initialKernel({ kernel, fanIn, fanOut }: Design): tf.Tensor {
    const { kernelInitializer, seed } = this.family;
    if (kernelInitializer !== undefined)
      return initialValues(this.name, 'kernelInitializer', kernelInitializer, kernel);
    // −1 is no number that the sequence of draws reaches.
    const own = seed === undefined ? this.initialSeeds() : foldIn(seed, -1);
    return tf.mul(standardNormal(kernel, own), Math.sqrt(2 / (fanIn + fanOut)));
  }

  private gaussian(
    name: string,
    shape: number[],
    option: string,
    settings: PriorSettings,
    mean: tf.Tensor,
    stddev: number,
  ): GaussianTensor {
    const variable = (suffix: string, trainable: boolean): tf.LayerVariable =>
      this.addWeight(`${name}_${suffix}`, shape, 'float32', tf.initializers.zeros(), undefined, trainable);
    const prior = new TensorPrior(this.name, priorLabels(option), settings, shape, (part) =>
      variable(`prior_${part}`, false),
    );
    const labels = { mean: `${name}.mean`, stddev: `${name}.stddev` };
    const tensor = new GaussianTensor(
      name,
      variable('mean', true),
      variable('ln_stddev', true),
      prior,
      labels,
    );
    tensor.write({ mean, stddev: tf.fill(shape, stddev) });
    return tensor;
  }
}
