/**
 * What every Bayesian layer promises, and how to find the Bayesian layers of a model.
 *
 * They are told by a brand from the global symbol registry, not by `instanceof`: a program that loads both the ESM and
 * the CommonJS copy of this package has two classes of the same name.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Seeds } from '../noise';

const BRAND = Symbol.for('tfjs-bnn.BayesianLayer');

export interface Posterior {
  /** Means of the weights [D, H]. */
  A_mean: tf.Tensor2D;
  /** Stddevs of the weights [D, H], in natural units (no logarithm, no variance). */
  A_scale: tf.Tensor2D;
}

export interface BayesianLayer extends tf.layers.Layer {
  /** Scales the KL in the loss: 1 / number of training examples makes the loss a negative ELBO per example. */
  KL_factor: number;
  /** Tempering and warm-up, apart from KL_factor; 1 is the ELBO. */
  klWeight: number;
  readonly weight_space_sampling: boolean;
  /** The KL of the weights' posterior from their prior, nats, not scaled by anything. */
  kl(): tf.Scalar;
  posterior(): Posterior;
  /** Runs f with the layer's noise taken from `seeds`; afterwards the layer's own sequence goes on where it was. */
  withSeeds<T>(seeds: Seeds, f: () => T): T;
  /** What its owner may want to hear of its options, at this place in a model. */
  remarks(place: Place): string[];
}

/** Does a layer take the model's input, does it make the model's output? */
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

/** The layers that a layer consists of: those of a model, the one in a wrapper, the two of a bidirectional one. */
function innerLayers(layer: tf.layers.Layer): tf.layers.Layer[] {
  const parts = layer as { layers?: tf.layers.Layer[] } & Partial<
    Record<'layer' | 'forwardLayer' | 'backwardLayer', tf.layers.Layer>
  >;
  return [...(parts.layers ?? []), parts.layer, parts.forwardLayer, parts.backwardLayer].filter(
    (inner) => inner !== undefined,
  );
}
