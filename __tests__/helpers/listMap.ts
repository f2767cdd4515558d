/** A map that computes by the list of its products, for thousands of draws at once: what no convolution can. */
import * as tf from '@tensorflow/tfjs';
import type { LinearMap } from '../../src/maps/map';
import { ONE, type MapCase } from './mapCases';

/** The same map to an estimator, which knows it by its products alone. (Not of indices, which differ by example.) */
export const asList = (the: MapCase): MapCase => ({ ...the, name: `list of ${the.name}`, map: listMap(the) });

function listMap({ map, products, X, xShape, zShape }: MapCase): LinearMap {
  const B = xShape[0]!;
  const [D, Z] = [X.length / B, tf.util.sizeFromShape(zShape) / B];
  // Of one example: what holds of the first holds of all.
  const own = products.filter(([z]) => z < Z);
  /** Picks numbers, [n, own.length], by a product of matrices: a gather takes longer. */
  const picks = (at: number[], n: number): tf.Tensor => tf.oneHot(tf.tensor1d(at, 'int32'), n).toFloat().transpose(); // prettier-ignore
  const productsOfEach = (Xs: tf.Tensor, A: readonly tf.Tensor[]): tf.Tensor => {
    const [S, rows] = Xs.shape as [number, number];
    const lengths = A.map((a) => a.size / S);
    const offset = (of: number): number => lengths.slice(0, of).reduce((sum, n) => sum + n, 0);
    const withOne = tf.concat([Xs.reshape([S * rows, D]), tf.ones([S * rows, 1])], 1);
    const weights = tf.concat(A.map((a) => a.reshape([S, -1])), 1); // prettier-ignore
    const x = tf.matMul(withOne, picks(own.map(([, at]) => (at === ONE ? D : at)), D + 1)); // prettier-ignore
    const a = tf.matMul(weights, picks(own.map(([, , at, of]) => offset(of) + at), offset(A.length))); // prettier-ignore
    const each = tf.mul(x.reshape([S, rows, own.length]), a.reshape([S, 1, own.length]));
    const sums = picks(own.map(([z]) => z), Z).transpose(); // prettier-ignore
    return tf.matMul(each.reshape([S * rows, own.length]), sums).reshape([S, rows, ...zShape.slice(1)]);
  };
  const { outputAxes: _, ...rest } = map;
  return {
    ...rest,
    kind: `list of ${map.kind}`,
    product: (x, A) => productsOfEach(tf.expandDims(x), A.map((a) => tf.expandDims(a))).squeeze([0]), // prettier-ignore
    productsOfEach,
  };
}
