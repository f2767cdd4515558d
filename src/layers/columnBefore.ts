/** What becomes of the column of ones through which a layer gets its bias, on its way from the layer before. */
import type * as tf from '@tensorflow/tfjs';
import { isBayesian } from './bayesian';

type Layer = tf.layers.Layer;

export interface ColumnBefore {
  state: 'whole' | 'missing' | 'dropped' | 'normalised' | 'unknown';
  /** The layer that makes it so. */
  by?: Layer;
}

const DROPPING = ['Dropout', 'SpatialDropout1D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise'];
const NORMALISING = ['BatchNormalization', 'LayerNormalization'];
/** f(1) is a constant other than 0. */
const KEEPING = ['Activation', 'ReLU', 'LeakyReLU', 'ELU', 'Masking'];

/** Looks back from a layer, along the graph of the model that it is first used in. */
export function columnBefore(layer: Layer): ColumnBefore {
  const [by, ...others] = layer.inboundNodes[0]?.inboundLayers ?? [];
  if (by === undefined || others.length > 0) return { state: 'unknown' };
  if (isBayesian(by)) return { state: by.appendsOnes ? 'whole' : 'missing', by };
  const name = by.getClassName();
  if (name === 'Dense') return { state: 'missing', by };
  const before = (): ColumnBefore => columnBefore(by);
  if (KEEPING.includes(name)) return before();
  const loses = DROPPING.includes(name) ? 'dropped' : NORMALISING.includes(name) ? 'normalised' : 'unknown';
  if (loses === 'unknown') return { state: 'unknown' };
  const { state } = before();
  return state === 'whole' ? { state: loses, by } : before();
}
