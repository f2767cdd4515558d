/**
 * How mean and variance go through a layer, when its inputs are taken for independent: through a Bayesian one by the
 * formulas of `maps/map.ts`, through any other by its rule.
 */
import * as tf from '@tensorflow/tfjs';
import { checkFloat32, refuse } from '../check';
import { appendOnes } from '../numerics/columnOfOnes';
import { bayesianLayers } from '../layers/bayesian';
import type { HiddenLayer } from '../layers/hidden';
import { isModel, walk } from '../layers/walk';
import type { Moments } from '../gaussian/moments';
import { dense } from '../maps/dense';
import { momentsOf, momentsThrough } from '../maps/moments';
import { ACTIVATION_RULES, throughActivation } from './activationRules';
import { applied, maskBehind } from './foldedValue';
import { LINEAR_RULES } from './linearRules';
import { WHO, type Rules } from './momentRule';
import { REARRANGING_RULES } from './rearrangingRules';

type Layer = tf.layers.Layer;

/** A value of the model; without a variance it is known exactly. */
export interface Known {
  mean: tf.Tensor;
  variance: tf.Tensor | undefined;
  mask: tf.Tensor | undefined;
}

const RULES: Rules = { ...REARRANGING_RULES, ...LINEAR_RULES, ...ACTIVATION_RULES };

/** @throws if the layer has no rule. */
export function throughLayer(layer: Layer, into: Known[]): Known[] {
  const values = into.map(({ mean, mask }) => ({ tensor: mean, mask, folded: false }));
  const exact = into.every(({ variance }) => variance === undefined);
  if (exact && bayesianLayers(layer).length === 0)
    return applied(layer, values).map(({ tensor, mask }) => ({ mean: tensor, variance: undefined, mask }));
  return [{ ...throughRule(layer, into), mask: maskBehind(layer, values) }];
}

function throughRule(layer: Layer, into: Known[]): Omit<Known, 'mask'> {
  const kind = layer.getClassName();
  if (kind === 'HiddenLayer') return throughHidden(layer as HiddenLayer, into[0]!);
  if (kind === 'TimeDistributed') return throughSteps((layer as unknown as { layer: Layer }).layer, into[0]!);
  const rule = RULES[kind];
  if (rule === undefined)
    return refuse(
      WHO,
      'every layer behind the first Bayesian one must have a rule for means and variances',
      `${layer.name}, a ${kind}`,
      `there are rules for ${Object.keys(RULES).join(', ')}; predictive(model, x) goes without them`,
    );
  const filled = into.map(({ mean, variance }) => ({ mean, variance: variance ?? tf.zerosLike(mean) }));
  return rule(layer, filled);
}

function throughHidden(layer: HiddenLayer, { mean: x, variance: v }: Known): Moments {
  const { non_linearity, include_input_bias, include_hidden_bias } = layer.settings;
  checkFloat32(layer.name, 'the input', x);
  const { A_mean, A_variance } = layer.weightMoments();
  const X = include_input_bias ? appendOnes(x) : x;
  const V = v && include_input_bias ? appendZeros(v) : v;
  const z =
    V === undefined
      ? momentsOf(dense, X, [A_mean], [A_variance])
      : momentsThrough(dense, { mean: X, variance: V }, [A_mean], [A_variance]);
  const h = throughActivation(layer, non_linearity, z);
  return include_hidden_bias ? { mean: appendOnes(h.mean), variance: appendZeros(h.variance) } : h;
}

const appendZeros = (t: tf.Tensor): tf.Tensor => tf.concat([t, tf.zeros([...t.shape.slice(0, -1), 1])], -1);

/** Through a layer or model that does the same to every step of a series [B, T, ...]: the steps are rows to it. */
function throughSteps(inner: Layer, { mean, variance }: Known): Omit<Known, 'mask'> {
  const [B, T] = mean.shape as [number, number];
  const asRows = (t: tf.Tensor): tf.Tensor => t.reshape([B * T, ...t.shape.slice(2)]);
  const asSteps = (t: tf.Tensor): tf.Tensor => t.reshape([B, T, ...t.shape.slice(1)]);
  const rows: Known = { mean: asRows(mean), variance: variance && asRows(variance), mask: undefined };
  const [out] = isModel(inner) ? walk(inner, [rows], throughLayer) : throughLayer(inner, [rows]);
  return { mean: asSteps(out!.mean), variance: out!.variance && asSteps(out!.variance) };
}
