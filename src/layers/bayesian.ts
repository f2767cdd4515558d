/**
 * What every Bayesian layer promises, and how to find the Bayesian layers of a model.
 *
 * They are told by a brand from the global symbol registry, not by `instanceof`: a program that loads both the ESM and
 * the CommonJS copy of this package has two classes of the same name.
 */
import type * as tf from '@tensorflow/tfjs';
import { checkModel, refuse } from '../check';
import type { Folding } from '../estimators/estimator';
import type { Seeds } from '../noise/noise';
import type { GaussianTensor } from './gaussianTensor';

const BRAND = Symbol.for('tfjs-bnn.BayesianLayer');

/** A layer with a posterior over its weights. */
export interface BayesianLayer extends tf.layers.Layer {
  /** Scales the KL in the loss: 1 / number of training examples makes the loss a negative ELBO per example. */
  klFactor: number;
  /** Tempering and warm-up, apart from klFactor; 1 is the ELBO. */
  klWeight: number;
  /** Does one draw of the weights serve all rows of a call? */
  readonly drawsWeights: boolean;
  /** Is the last column of its output one of ones? */
  readonly appendsOnes: boolean;
  readonly seed: number | undefined;
  /** The KL of the weights' posterior from their prior, nats, not scaled by anything. */
  kl(): tf.Scalar;
  /** The posterior over each tensor of weights, with its prior. @throws if the layer is not built. */
  gaussians(): readonly GaussianTensor[];
  /** Runs f with the layer's noise taken from `seeds`; afterwards the layer's own sequence goes on where it was. */
  withSeeds<T>(seeds: Seeds, f: () => T): T;
  /**
   * Gets ready to draw many outputs for each row of X at once; X is the same for all draws, or each draw has its own.
   * `coherent`: the draws are of weights that all rows share. The caller tidies. A layer that has no way to do so is asked
   * for one draw at a time.
   */
  fold?(X: tf.Tensor, shared: boolean, coherent?: boolean): Folding;
  /**
   * Has `hear` told of the layer's share of the loss in each pass of training, until the function that is returned is called.
   */
  hearKL?(hear: HearKL): () => void;
  /** What its owner may want to hear of its options, at this place in a model. */
  remarks(place: Place): string[];
}

/**
 * `share` = c · KL of the weights of the pass, the loss's own tensor: read, not to be disposed of. c may be 0.
 */
export type HearKL = (share: tf.Scalar, c: number) => void;

/** Is no Bayesian layer before it, is its output the model's? */
export interface Place {
  first: boolean;
  last: boolean;
}

/** Puts the brand on a class of Bayesian layers. */
export function brand(layerClass: { prototype: BayesianLayer }): void {
  Object.defineProperty(layerClass.prototype, BRAND, { value: true });
}

export function isBayesian(layer: object): layer is BayesianLayer {
  return BRAND in layer;
}

/**
 * Every Bayesian layer of a model once, in the order in which the model lists its layers: also those in nested models
 * and in wrappers, and a shared one only once.
 */
export function bayesianLayers(model: tf.layers.Layer): BayesianLayer[] {
  const found = new Set<BayesianLayer>();
  const visit = (layer: tf.layers.Layer): void => {
    if (isBayesian(layer)) found.add(layer);
    innerLayers(layer).forEach(visit);
  };
  visit(model);
  return [...found];
}

/** The Bayesian layers of a model; @throws if it is none, or has none, since what was asked for would then do nothing. */
export function someBayesianLayers(who: string, model: tf.LayersModel): BayesianLayer[] {
  checkModel(who, model);
  const layers = bayesianLayers(model);
  if (layers.length === 0)
    refuse(
      who,
      'the model must hold a Bayesian layer',
      'none',
      'write layers.dense of tfjs-bnn for tf.layers.dense',
    );
  return layers;
}

/** Where a layer of a model stands in it. */
export function placeOf(layer: tf.layers.Layer, model: tf.LayersModel): Place {
  // A set, since a layer may be applied to what it makes itself.
  const before = new Set<tf.layers.Layer>();
  const lookBefore = (inner: tf.layers.Layer): void => {
    for (const l of inner.inboundNodes.flatMap(({ inboundLayers }) => inboundLayers)) {
      if (before.has(l)) continue;
      before.add(l);
      lookBefore(l);
    }
  };
  lookBefore(layer);
  return {
    first: [...before].every((l) => bayesianLayers(l).length === 0),
    last: model.outputs.some(({ sourceLayer }) => sourceLayer === layer),
  };
}

/** The layers that a layer consists of: those of a model, the one in a wrapper, the two of a bidirectional one. */
export function innerLayers(layer: tf.layers.Layer): tf.layers.Layer[] {
  const parts = layer as { layers?: tf.layers.Layer[] } & Partial<
    Record<'layer' | 'forwardLayer' | 'backwardLayer', tf.layers.Layer>
  >;
  return [...(parts.layers ?? []), parts.layer, parts.forwardLayer, parts.backwardLayer].filter(
    (inner) => inner !== undefined,
  );
}
