/**
 * Raw scales at the end of a net whose loss does not read them.
 *
 * The losses of TensorFlow.js compare all columns with the targets: `meanSquaredError` spreads targets [B, 1] over mean and
 * raw scale and pulls both to them, without an error. A layer does not see the loss of its model; TensorFlow.js shows
 * the model, as training begins, to callbacks that it makes by itself.
 */
import * as tf from '@tensorflow/tfjs';
import { givenLosses } from '../likelihoods/givenLosses';
import { isModel } from './walk';

type Layer = tf.layers.Layer;

/** What is the matter with a layer that ends in raw scales, in words. */
export interface UnreadScale {
  layer: Layer;
  meaning: string;
  remedy: string;
}

/** Of a compiled model. A loss of somebody's own may read them. */
export function unreadScales(model: tf.LayersModel): UnreadScale[] {
  const losses = givenLosses(model);
  return model.outputs.flatMap((output, i) => {
    const layer = sourceOf(output);
    const name = ofTensorFlow(losses[i]);
    if (name === undefined || !/^(Learned|Predicted)Noise$/.test(layer.getClassName())) return [];
    const meaning = `${name} does not read the noise from the output, it pulls the raw scales to the targets too.`;
    return [
      { layer, meaning, remedy: "Compile with a loss that does, e.g. gaussianNLL({stddev: 'output'})." },
    ];
  });
}

/** Says so once for each layer, in every training from now on. */
export function watchForUnreadScales(): void {
  if (isWatched) return;
  isWatched = true;
  // From verbosity 0 on: in every training.
  tf.registerCallbackConstructor(0, Watch);
}

let isWatched = false;
const said = new WeakSet<Layer>();

class Watch extends tf.Callback {
  // eslint-disable-next-line @typescript-eslint/require-await
  override async onTrainBegin(): Promise<void> {
    for (const { layer, meaning, remedy } of unreadScales(this.model))
      if (!said.has(layer)) {
        said.add(layer);
        console.warn(`tfjs-bnn: ${layer.name}: ${meaning} ${remedy}`);
      }
  }
}

/** The layer that gives an output, in whatever model. */
function sourceOf({ sourceLayer, outputTensorIndex }: tf.SymbolicTensor): Layer {
  return isModel(sourceLayer) ? sourceOf(sourceLayer.outputs[outputTensorIndex ?? 0]!) : sourceLayer;
}

/** The name of a loss of TensorFlow.js, which any that is given by a name is; `tf.losses` look at the shapes themselves. */
const ofTensorFlow = (loss: unknown): string | undefined =>
  typeof loss === 'string' ? loss : Object.entries(tf.metrics).find(([, one]) => one === loss)?.[0];
