/** Small Bayesian nets in every arrangement that TensorFlow.js has, for tests of what is done with a whole model. */
import * as tf from '@tensorflow/tfjs';
import { hiddenLayer, type HiddenLayerOptions } from '../../src';
import { bayesianLayers, isBayesian } from '../../src/layers/bayesian';
import type { HiddenLayer } from '../../src/layers/hidden';
import { scattered } from './closedForms';

type Settable = Pick<HiddenLayer, 'posterior' | 'setPosterior'>;

/** 4 units and a column of ones; all that would be warned about is said. */
export const hidden = (options: Partial<HiddenLayerOptions> = {}): HiddenLayer =>
  hiddenLayer({
    units: 4,
    KL_factor: 1,
    non_linearity: 'relu',
    include_input_bias: false,
    include_hidden_bias: true,
    ...options,
  });

/** 2 linear units and no column of ones. */
export const output = (options: Partial<HiddenLayerOptions> = {}): HiddenLayer =>
  hidden({ units: 2, include_hidden_bias: false, non_linearity: 'linear', ...options });

export const apply = (layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]): tf.SymbolicTensor =>
  layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;

export const sequential = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });

/** Gives every Bayesian layer of a model its own means of the order of 1/√D, and the scale given. */
export function setScales(model: tf.LayersModel, scale: number): void {
  tf.tidy(() => {
    (bayesianLayers(model) as unknown as Settable[]).forEach((layer, i) => {
      const [D, H] = layer.posterior().A_mean.shape;
      const A_mean = tf.tensor2d(scattered(D, H, 10 + i)).mul(2 / Math.sqrt(D));
      layer.setPosterior({ A_mean, A_scale: tf.fill([D, H], scale) });
    });
  });
}

/** Rows that fit a model's inputs. */
export const rowsFor = (model: tf.LayersModel, rows: number): tf.Tensor[] =>
  model.inputs.map(({ shape }, i) => {
    const inner = shape.slice(1) as number[];
    const numbers = scattered(rows, tf.util.sizeFromShape(inner), i);
    return tf.tidy(() => tf.tensor2d(numbers).reshape([rows, ...inner]));
  });

/** Everything: `model.dispose()` leaves the weights of a layer that is used twice, for it counts the uses. */
export function disposeOf(...models: tf.LayersModel[]): void {
  const inner = (layer: tf.layers.Layer): tf.layers.Layer[] => {
    const { layers } = layer as { layers?: tf.layers.Layer[] };
    // A bidirectional layer has its own two copies of what it wraps, a Bayesian one has the weights of it among its own.
    const wrapped =
      'forwardLayer' in layer || isBayesian(layer) ? undefined : (layer as { layer?: tf.layers.Layer }).layer;
    return layers?.flatMap(inner) ?? (wrapped ? inner(wrapped) : [layer]);
  };
  for (const layer of new Set(models.flatMap(inner)))
    (layer as unknown as { disposeWeights: () => void }).disposeWeights();
}

type Keep = <M extends tf.LayersModel>(model: M) => M;

/**
 * Keeps the models of a test until it ends, when the tensors that it made beside them go too. `made` sets their scales,
 * `kept` leaves them as they are.
 */
export function modelsOfEachTest(scale: number): {
  made: <M extends tf.LayersModel>(model: M, itsScale?: number) => M;
  kept: Keep;
} {
  let models: tf.LayersModel[] = [];
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    disposeOf(...models);
    models = [];
  });
  const kept: Keep = (model) => {
    models.push(model);
    return model;
  };
  return {
    kept,
    made(model, itsScale = scale) {
      setScales(model, itsScale);
      return kept(model);
    },
  };
}
