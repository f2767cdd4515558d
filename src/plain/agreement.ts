/** Does a layer of the plain net make of the same rows what the layer of the Bayesian net makes? */
import * as tf from '@tensorflow/tfjs';
import { sameShape } from '../check';
import { applied, type Value } from '../predict/foldedValue';
import { withLastColumn, withoutLastColumn } from './constantColumn';
import { where } from '../numerics/where';

type Layer = tf.layers.Layer;

/** What the Bayesian net has at a place, for some rows. */
export interface Seen {
  /** All its columns. */
  probe: Value;
  /** The value of the constant one at the end that the plain net has not. */
  column: number | undefined;
}

/** @param behind what the Bayesian net has behind the layer */
export const agrees = (layer: Layer, into: Seen[], behind: Seen[]): boolean =>
  tf.tidy(() => {
    const inputs = into.map(narrowed);
    const outputs = applied(layer, inputs);
    return behind.every((expected, i) =>
      agree(
        narrowed(expected).tensor,
        outputs[i]!.tensor,
        inputs.map(({ tensor }) => tensor),
      ),
    );
  });

/** What the Bayesian net has behind a layer that cannot be asked: what its counterpart makes, and the column. */
export const seenBehind = (layer: Layer, into: Seen[], column: number | undefined): Value[] =>
  applied(layer, into.map(narrowed)).map((value) =>
    column === undefined ? value : { ...value, tensor: withLastColumn(value.tensor, column) },
  );

const narrowed = ({ probe, column }: Seen): Value =>
  column === undefined ? probe : { ...probe, tensor: withoutLastColumn(probe.tensor) };

/** Are two tensors equal but for rounding, which is relative to what goes in and what comes out? */
function agree(expected: tf.Tensor, actual: tf.Tensor, inputs: tf.Tensor[]): boolean {
  if (!sameShape(expected.shape, actual.shape)) return false;
  if (expected.size === 0) return true;
  // 1e-7, or 1e-4 where textures have 16 bits.
  const epsilon = tf.backend().epsilon();
  const verdict = tf.tidy(() => {
    const [a, b] = [tf.cast(expected, 'float32'), tf.cast(actual, 'float32')];
    const tolerance = inputs
      .map((t) => tf.mul(size(tf.cast(t, 'float32')), 10 * epsilon))
      .reduce((sum, t) => tf.add(sum, t), tf.mul(size(a), 1000 * epsilon));
    const bothNaN = tf.logicalAnd(tf.isNaN(a), tf.isNaN(b));
    const same = tf.logicalOr(tf.equal(a, b), bothNaN);
    return tf.all(tf.logicalOr(same, tf.lessEqual(tf.abs(tf.sub(a, b)), tolerance)));
  });
  const [is] = verdict.dataSync();
  verdict.dispose();
  return is === 1;
}

/** The greatest finite magnitude. */
const size = (t: tf.Tensor): tf.Tensor =>
  t.size === 0 ? tf.scalar(0) : tf.max(where(tf.isFinite(t), tf.abs(t), tf.zerosLike(t)));
