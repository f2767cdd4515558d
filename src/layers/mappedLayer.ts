/**
 * A layer that is a linear map with a posterior over its weights, and an activation:
 *
 *     output = activation(L(X, A) + offset),   A ~ Normal(mean, stddev²)
 *
 * How z = L(X, A) is drawn is the estimator's affair, what L is the map's.
 */
import * as tf from '@tensorflow/tfjs';
import type { Estimator, Folding, OutputFunction } from '../estimators/estimator';
import { weightSpace } from '../estimators/weightSpace';
import type { Moments } from '../gaussian/moments';
import { checkRoom } from '../kernels/room';
import type { LinearMap } from '../maps/map';
import { momentsOf, momentsThrough } from '../maps/moments';
import { seedOfPart, standardNormal } from '../noise/noise';
import { plusChannels } from '../numerics/plusChannels';
import type { NonLinearity } from './activation';
import { BayesianWeights } from './bayesianWeights';
import type { GaussianTensor } from './gaussianTensor';
import { warnOfHalfFloats } from './halfFloats';
import type { LayerArgs } from './layerArgs';
import { oneInput, oneShape, type Shape } from './oneInput';
import { VariationalLayer, type Kwargs, type VariationalSettings } from './variationalLayer';

/** What is made of a layer when its input is known. */
export interface Plan {
  map: LinearMap;
  tensors: GaussianTensor[];
  /** A bias without a posterior. */
  offset?: tf.LayerVariable;
}

/** What stands between a layer's input and output and those of its map. */
export interface Frame {
  into: (X: tf.Tensor) => tf.Tensor;
  out: (h: tf.Tensor) => tf.Tensor;
  /** The same of variances, where constants have none. */
  varianceInto: (V: tf.Tensor) => tf.Tensor;
  varianceOut: (V: tf.Tensor) => tf.Tensor;
}

const same = (t: tf.Tensor): tf.Tensor => t;
export const NO_FRAME: Frame = { into: same, out: same, varianceInto: same, varianceOut: same };

/** Exactly known without a variance. */
export interface InputMoments {
  mean: tf.Tensor;
  variance: tf.Tensor | undefined;
}

export abstract class MappedLayer extends VariationalLayer {
  /** What of z the layer hands on: with the frame, but for what stands before the map. */
  private readonly outputOf: OutputFunction;
  private plan: Plan | undefined;

  constructor(
    args: LayerArgs,
    settings: VariationalSettings,
    private readonly estimator: Estimator,
    private readonly frame: Frame,
    readonly activation: NonLinearity,
    /** Of the activation and of what the frame does behind it. */
    outputOf: OutputFunction,
  ) {
    super(args, settings);
    this.outputOf = outputOf;
  }

  /** The map and its weights, for inputs of that shape; variables are made by `addWeight`. The caller tidies. */
  protected abstract planFor(inputShape: Shape): Plan;

  /** @throws if the layer does not take it. */
  protected abstract checkInput(X: tf.Tensor): void;

  /** @internal */
  get drawsWeights(): boolean {
    return this.estimator.power === 1;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = oneShape(this.getClassName(), inputShape);
    tf.tidy(() => {
      this.plan = this.planFor(shape);
      this.setWeightDistribution(new BayesianWeights(this.plan.tensors));
    });
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs): tf.Tensor {
    const [output] = this.inPass(inputs, kwargs, (c) => {
      const { estimator } = this;
      const X = this.mapInput(inputs);
      const weights = this.weightDistribution();
      const { map } = this.plan!;
      // Noise, pre-activations, their stddevs and the output, for whose sake some backend might lose all it holds.
      checkRoom(this.name, map.outputShape(X.shape, weights.shapes), 4);
      const seed = this.seedFor(kwargs, estimator.oneNoisePerPass);
      const noise = estimator
        .noise(map, X.shape, weights.shapes)
        .map((shape, part) => standardNormal(shape, seedOfPart(seed, part)));
      return [weights.draw(map, X, noise, estimator, this.afterMap(), c)];
    });
    return output;
  }

  /** @param coherent draws of the weights for all rows, whatever the layer's own estimator @internal */
  fold(inputs: tf.Tensor, shared: boolean, coherent = false): Folding {
    const estimator = coherent ? weightSpace : this.estimator;
    const X = this.mapInput(inputs);
    const weights = this.weightDistribution().weights(estimator.power);
    return estimator.fold(this.plan!.map, X, weights, shared, this.afterMap());
  }

  /** Mean and variance of the output; `activate` takes those of z through an activation. The caller tidies. @internal */
  outputMoments(
    { mean: x, variance: v }: InputMoments,
    activate: (activation: NonLinearity, z: Moments) => Moments,
  ): Moments {
    const { into, out, varianceInto, varianceOut } = this.frame;
    this.checkInput(x);
    const { mean: M, variance: V } = this.weightDistribution().moments(this.estimator.power);
    const { map, offset } = this.plan!;
    const X = into(x);
    const z =
      v === undefined
        ? momentsOf(map, X, M, V)
        : momentsThrough(map, { mean: X, variance: varianceInto(v) }, M, V);
    const shifted = offset === undefined ? z : { ...z, mean: plusChannels(z.mean, offset.read()) };
    const { mean, variance } = activate(this.activation, shifted);
    return { mean: out(mean), variance: varianceOut(variance) };
  }

  private mapInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    warnOfHalfFloats();
    const X = oneInput(this.name, inputs);
    this.weightDistribution();
    this.checkInput(X);
    return this.frame.into(X);
  }

  private afterMap(): OutputFunction {
    const { offset } = this.plan!;
    return offset === undefined ? this.outputOf : (z) => this.outputOf(plusChannels(z, offset.read()));
  }
}
