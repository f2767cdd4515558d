/** The places that a layer can have in a model. The layer maps [..., D] to [..., D], so that it fits anywhere. */
import * as tf from '@tensorflow/tfjs';

type Layer = tf.layers.Layer;
type LayerArgs = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;
type MakeLayer = (args?: LayerArgs) => Layer;

const input = (...shape: number[]): tf.SymbolicTensor => tf.input({ shape });
const apply = (layer: Layer, x: tf.SymbolicTensor): tf.SymbolicTensor => layer.apply(x) as tf.SymbolicTensor;
const sum = (...xs: tf.SymbolicTensor[]): tf.SymbolicTensor => tf.layers.add().apply(xs) as tf.SymbolicTensor;
const dense = (D: number, args?: LayerArgs): Layer => tf.layers.dense({ units: D, ...args });

/**
 * Each makes a model from [batch, …, D] to [batch, …].
 *
 * Not among them, since TensorFlow.js never asks for the losses there, and a warning says so: a model in timeDistributed,
 * and a nested sequential that begins with a model.
 */
export const arrangements = (make: MakeLayer, D: number): Record<string, () => tf.LayersModel> => {
  const first = { inputShape: [D] };
  const inner = (): tf.Sequential => tf.sequential({ layers: [make(first), make()] });
  return {
    'first in a sequential': () => tf.sequential({ layers: [make(first), dense(2)] }),
    'in the middle': () => tf.sequential({ layers: [dense(D, first), make(), dense(2)] }),
    last: () => tf.sequential({ layers: [dense(D, first), make()] }),
    several: () => tf.sequential({ layers: [make(first), make(), make()] }),
    'rank 3': () => tf.sequential({ layers: [make({ inputShape: [4, D] }), make()] }),
    'rank 4': () => tf.sequential({ layers: [make({ inputShape: [2, 4, D] })] }),
    'functional, two branches': () => {
      const x = input(D);
      return tf.model({ inputs: x, outputs: sum(apply(make(), x), apply(make(), apply(dense(D), x))) });
    },
    'shared between two inputs': () => {
      const [x, layer] = [input(D), make()];
      return tf.model({ inputs: x, outputs: sum(apply(layer, x), apply(layer, apply(dense(D), x))) });
    },
    'a sequential in a sequential': () => tf.sequential({ layers: [inner(), dense(2)] }),
    'a sequential two deep': () =>
      tf.sequential({ layers: [dense(D, first), tf.sequential({ layers: [dense(D, first), inner()] })] }),
    'a functional model in a sequential': () => {
      const x = input(D);
      const model = tf.model({ inputs: x, outputs: apply(make(), x) });
      return tf.sequential({ layers: [dense(D, first), model] });
    },
    'a sequential in a functional model': () => {
      const x = input(D);
      return tf.model({ inputs: x, outputs: apply(dense(2), apply(inner(), x)) });
    },
    'a model used twice': () => {
      const [x, model] = [input(D), inner()];
      return tf.model({ inputs: x, outputs: sum(apply(model, x), apply(model, apply(dense(D), x))) });
    },
    'a model used twice, whose layer is shared': () => {
      const [i, x, layer] = [input(D), input(D), make()];
      const model = tf.model({ inputs: i, outputs: apply(layer, apply(layer, i)) });
      return tf.model({ inputs: x, outputs: sum(apply(model, x), apply(model, apply(dense(D), x))) });
    },
    'two outputs': () => {
      const [x, layer] = [input(D), make()];
      const h = apply(layer, x);
      return tf.model({ inputs: x, outputs: [h, apply(make(), h)] });
    },
    frozen: () => tf.sequential({ layers: [make({ ...first, trainable: false }), dense(2)] }),
    'in timeDistributed': () =>
      tf.sequential({ layers: [tf.layers.timeDistributed({ layer: make(), inputShape: [4, D] })] }),
  };
};
