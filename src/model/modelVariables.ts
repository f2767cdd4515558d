/**
 * Which variable is which, between a model and its rebuilt self.
 *
 * TensorFlow.js lists a model's weights with those of frozen layers last, and gives new names to layers that were given
 * none. So a variable is known by where it stands:
 *
 *     path    body/#1/kernel                by names: of layers, where the user gave one, else the place in the model
 *     place   0:Sequential/1:Dense/kernel   by places and classes alone
 *
 * Places count the layers that have variables.
 */
import type * as tf from '@tensorflow/tfjs';

export interface Standing {
  path: string;
  place: string;
}

export interface ModelVariable extends Standing {
  variable: tf.LayerVariable;
}

/** All that may be inside a layer: models, wrappers, both directions of `tf.layers.bidirectional`. */
interface Inner {
  layers?: tf.layers.Layer[];
  layer?: tf.layers.Layer;
  forwardLayer?: tf.layers.Layer;
  backwardLayer?: tf.layers.Layer;
}

/** The variables of a model in the order of `model.weights`, each once. */
export function modelVariables(model: tf.LayersModel): ModelVariable[] {
  const found = new Map<tf.LayerVariable, ModelVariable>();
  const walk = (layer: tf.layers.Layer, path: string, place: string): void => {
    let next = 0;
    for (const inner of layersIn(layer)) {
      if (inner.weights.length === 0) continue;
      const i = next++;
      const name = isNamedByItself(inner) ? `#${i}` : inner.name;
      walk(inner, `${path}${name}/`, `${place}${i}:${inner.getClassName()}/`);
    }
    const counts = new Map<string, number>();
    for (const variable of layer.weights) {
      if (found.has(variable)) continue;
      const last = variable.originalName.split('/').at(-1)!;
      const count = counts.get(last) ?? 0;
      counts.set(last, count + 1);
      // Cells that are stacked have a kernel each.
      const own = count === 0 ? last : `${last}#${count}`;
      found.set(variable, { path: path + own, place: place + own, variable });
    }
  };
  walk(model, '', '');
  return model.weights.map((variable) => found.get(variable)!);
}

/**
 * For each of `wanted`, the index of its counterpart in `saved`: by path, or, where a name has changed, all by place.
 * Nothing if neither way each has exactly one.
 */
export function counterparts(wanted: readonly Standing[], saved: readonly Standing[]): number[] | undefined {
  for (const by of ['path', 'place'] as const) {
    const indices = new Map(saved.map((standing, i) => [standing[by], i]));
    const found = wanted.map((standing) => indices.get(standing[by]));
    if (new Set(found).size === saved.length && found.length === saved.length && !found.includes(undefined))
      return found as number[];
  }
  return undefined;
}

/** Does a layer of it, at any depth, not train? */
export function hasFrozenLayer(model: tf.layers.Layer): boolean {
  return layersIn(model).some((layer) => !layer.trainable || hasFrozenLayer(layer));
}

function layersIn(layer: tf.layers.Layer): tf.layers.Layer[] {
  const { layers, layer: wrapped, forwardLayer, backwardLayer } = layer as Inner;
  return [...(layers ?? []), wrapped, forwardLayer, backwardLayer].filter((inner) => inner !== undefined);
}

/** `dense_Dense3`, `forward_lstm_LSTM2`, `sequential_1`, `model1`: the number counts the layers made before. */
function isNamedByItself(layer: tf.layers.Layer): boolean {
  const kind = layer.getClassName();
  return new RegExp(`(_${kind}|^${kind.toLowerCase()}_?)\\d+$`).test(layer.name);
}
