/**
 * How mean and variance go through a layer, when its inputs are taken for independent: through a Bayesian one by the
 * formulas of `maps/map.ts`, through any other by its rule.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { bayesianLayers, isBayesian } from '../layers/bayesian';
import type { MappedLayer } from '../layers/mappedLayer';
import { isModel, walk } from '../layers/walk';
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
  if (isMapped(layer))
    return layer.outputMoments(into[0]!, (activation, z) => throughActivation(layer, activation, z));
  if (kind === 'TimeDistributed') return throughSteps((layer as unknown as { layer: Layer }).layer, into[0]!);
  const rule = RULES[kind];
  if (rule === undefined)
    return refuse(
      WHO,
      'every layer after the first Bayesian one must have a rule for means and variances',
      `${layer.name}, a ${kind}`,
      `there are rules for ${Object.keys(RULES).join(', ')}; predictive(model, x) does without them`,
    );
  const filled = into.map(({ mean, variance }) => ({ mean, variance: variance ?? tf.zerosLike(mean) }));
  return rule(layer, filled);
}

/** A Bayesian layer whose moments follow from its map. */
const isMapped = (layer: Layer): layer is Layer & Pick<MappedLayer, 'outputMoments'> =>
  isBayesian(layer) && 'outputMoments' in layer;

/** Through a layer or model that does the same to every step of a series [B, T, ...]: the steps are rows to it. */
function throughSteps(inner: Layer, { mean, variance }: Known): Omit<Known, 'mask'> {
  const [B, T] = mean.shape as [number, number];
  const asRows = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [B * T, ...t.shape.slice(2)]);
  const asSteps = (t: tf.Tensor): tf.Tensor => tf.reshape(t, [B, T, ...t.shape.slice(1)]);
  const rows: Known = { mean: asRows(mean), variance: variance && asRows(variance), mask: undefined };
  const [out] = isModel(inner) ? walk(inner, [rows], throughLayer) : throughLayer(inner, [rows]);
  return { mean: asSteps(out!.mean), variance: out!.variance && asSteps(out!.variance) };
}
