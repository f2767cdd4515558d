/**
 * A few rows that go through the Bayesian net at its means, layer by layer, beside the plain net that is being built: a
 * layer whose counterpart makes other numbers of the same inputs is found, by name.
 *
 * The rows are valid for whatever an input may be. Integers are zeros and ones; other numbers are too, beside a row of
 * fractions, which an embedding that rounds them towards zero takes for zeros.
 */
import * as tf from '@tensorflow/tfjs';
import type { FoldedNoise } from '../noise/foldedNoise';
import { bayesianLayers, isBayesian } from '../layers/bayesian';
import type { Node } from '../layers/walk';
import type { BayesianWrapper } from '../layers/wrapper';
import { applied, maskBehind, type Value } from '../predict/foldedValue';
import { insideTimeDistributed } from './constantColumn';

type Layer = tf.layers.Layer;
type Wrapper = Pick<BayesianWrapper, 'layer'>;

const ROWS = 3;
/** For axes of unknown length: enough for some poolings. */
const LENGTH = 32;

/** The caller of the constructor calls `dispose`: what its methods return lives until then. */
export class Probe {
  private readonly kept: tf.Tensor[] = [];

  input({ shape, dtype }: tf.SymbolicTensor): Value {
    return this.keep(() => [valueOf(rowsOf(shape, dtype))])[0]!;
  }

  /**
   * What a layer makes of its inputs in prediction; undefined for a Bayesian layer that only knows how to draw. A layer
   * that remembers what it has seen is not called: what its outputs stand for here is numbers of their shapes.
   */
  through(layer: Layer, into: Value[], { outputTensors }: Node): Value[] | undefined {
    if (layer.stateful)
      return this.keep(() => outputTensors.map(({ shape, dtype }) => valueOf(rowsOf(shape, dtype))));
    if (bayesianLayers(layer).length === 0) return this.keep(() => applied(layer, into));
    const make = throughMeans(layer, into);
    return make && this.keep(make);
  }

  /** Values that live as long as the probe. */
  keep(make: () => Value[]): Value[] {
    const values: Value[] = [];
    const tensors: tf.Tensor[] = tf.tidy(() => {
      // Clones, since a layer may return its input, whose owner it is not.
      for (const { tensor, mask } of make()) values.push({ ...valueOf(tensor.clone()), mask: mask?.clone() });
      return values.flatMap(({ tensor, mask }) => (mask ? [tensor, mask] : [tensor]));
    });
    this.kept.push(...tensors.map((t) => tf.keep(t)));
    return values;
  }

  dispose(): void {
    tf.dispose(this.kept);
  }
}

/** What makes the outputs of a Bayesian layer with its means, if it can be asked. */
function throughMeans(layer: Layer, into: Value[]): (() => Value[]) | undefined {
  const inner = insideTimeDistributed(layer);
  if (!isBayesian(inner)) return undefined;
  if (inner !== layer)
    return () => {
      const { tensor } = into[0]!;
      const [rows, steps, ...rest] = tensor.shape as [number, number, ...number[]];
      const [of] = throughMeans(inner, [valueOf(tf.reshape(tensor, [rows * steps, ...rest]))])!();
      const series = tf.reshape(of!.tensor, [rows, steps, ...of!.tensor.shape.slice(1)]);
      return [{ ...valueOf(series), mask: maskBehind(layer, into) }];
    };
  // The variables of the layer inside are the means.
  if (inner.getClassName() === 'BayesianWrapper')
    return () => applied((inner as unknown as Wrapper).layer, into);
  if (inner.fold === undefined) return undefined;
  return () => {
    const { tensor: given } = into[0]!;
    // Whole numbers, as its counterpart makes them of what it gets.
    const tensor = inner.getClassName() === 'BayesianEmbedding' ? tf.cast(given, 'int32') : given;
    const mean = inner.fold!(tensor, true).draw(withoutNoise(tensor.shape[0]));
    return [{ ...valueOf(mean), mask: maskBehind(layer, into) }];
  };
}

const valueOf = (tensor: tf.Tensor): Value => ({ tensor, mask: undefined, folded: false });

const withoutNoise = (rows: number): FoldedNoise => ({
  block: { firstRow: 0, rows, firstDraw: 0, draws: 1 },
  perRow: (shape) => tf.zeros([rows, ...shape]),
  perRowOfPass: (shape) => tf.zeros([rows, ...shape]),
  perDraw: (shape) => tf.zeros([1, ...shape]),
  seedOf: () => 0,
});

/** Fractions, zeros and ones, row by row. */
function rowsOf(shape: ReadonlyArray<number | null>, dtype: tf.DataType): tf.Tensor {
  const [rows, ...rest] = shape.map((n, i) => n ?? (i === 0 ? ROWS : LENGTH)) as [number, ...number[]];
  const width = tf.util.sizeFromShape(rest);
  const numbers = Float32Array.from({ length: rows * width }, (_, k) => {
    const kind = Math.floor(k / width) % 3;
    return kind === 0 ? fraction(k) : kind - 1;
  });
  const floats = tf.tensor(numbers, [rows, ...rest]);
  return dtype === 'float32' ? floats : tf.cast(tf.greater(floats, 0), dtype);
}

/** Scattered over −1 … 1 by the golden ratio. */
const fraction = (k: number): number => 2 * (((k + 1) * 0.6180339887498949) % 1) - 1;
