/** A layer of the Bayesian net that a plain net takes over as it is: shared with it, or copied. */
import type * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { copyByConfig, copyWeights } from './copiedLayer';
import { release, SharedLayer } from './sharedLayer';

type Layer = tf.layers.Layer;

export interface Part {
  who: string;
  name: string;
  /** Has its input lost a constant column? */
  narrower: boolean;
  /** Puts a layer in its place in the graph, which builds it. */
  place: (layer: Layer) => void;
  /** Does a layer that is in its place make the numbers that the original makes? */
  fits: (layer: Layer) => boolean;
}

/**
 * A layer without weights is shared: what it knows may stand elsewhere than in its configuration. One with weights is
 * copied, and its copy compared. Where that fails a frozen layer is shared too, since nothing will train it.
 *
 * @throws if a layer with trainable weights has no true copy.
 */
export function repeatedLayer(layer: Layer, part: Part): Layer {
  const hasWeights = layer.weights.length > 0;
  const copied = hasWeights ? trueCopy(layer, part) : 'none is needed';
  if (typeof copied !== 'string') return copied;
  const mayShare = !hasWeights || (layer.trainableWeights.length === 0 && !part.narrower);
  if (!mayShare) refuseCopy(part.who, layer, copied, '; or freeze it (trainable = false), then it is shared');
  const shared = new SharedLayer(layer, part.name);
  try {
    part.place(shared);
    // Without the column it could be a layer that looks at all columns after all.
    if (part.narrower && !part.fits(shared))
      refuse(
        part.who,
        'a layer after a column of ones must treat each column separately',
        shownLayer(layer),
        'set include_hidden_bias: false on the HiddenLayer before it',
      );
    return shared;
  } catch (error) {
    release(shared);
    throw error;
  }
}

/** A copy in its place, or the reason why there is none. */
function trueCopy(layer: Layer, { name, narrower, place, fits }: Part): Layer | string {
  let copy: Layer | undefined;
  let reason = 'it makes other numbers from the same inputs';
  try {
    copy = copyByConfig(layer, name, narrower);
    place(copy);
    copyWeights(layer, copy);
    if (fits(copy)) return copy;
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  if (copy !== undefined) release(copy);
  return reason;
}

/** @param reason why the copy is not as the layer */
export const refuseCopy = (who: string, layer: Layer, reason: string, wayOut = ''): never =>
  refuse(
    who,
    'the plain net must predict what the Bayesian net predicts, and so must a copy of each layer',
    `${shownLayer(layer)} whose copy does not: ${reason}`,
    `what its constructor is given must be in its getConfig()${wayOut}`,
  );

export const shownLayer = (layer: Layer): string => `the ${layer.getClassName()} ${layer.name}`;
