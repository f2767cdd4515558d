/**
 * A model that makes many draws in one pass: S draws of B rows go through it as B·S rows.
 *
 * What lies before the first Bayesian layers is the same for all draws, and so are the moments of their
 * pre-activations: `open` computes them once for a batch, `draw` does the rest as often as draws are wanted. A layer of
 * weight space gets one A for each draw, whatever the batch.
 */
import * as tf from '@tensorflow/tfjs';
import { foldedNoise, type Block, type FoldedNoise } from '../foldedNoise';
import type { Folding } from '../foldedPreactivation';
import { bayesianLayers, isBayesian, type BayesianLayer } from '../layers/bayesian';
import { unwrapped, walk } from '../layers/walk';
import { foldIn, type Seeds } from '../noise';

type Layer = tf.layers.Layer;

/** A batch of rows of which draws are made. */
export interface OpenBatch {
  /** Fresh tensors, one for each output of the model: the S draws of a row behind one another, [B·S, ...]. */
  draw: (block: Block, seed: number) => tf.Tensor[];
  dispose: () => void;
}

/** What flows through the model; `folded`: it has its own rows for every draw. */
interface Value {
  tensor: tf.Tensor;
  mask: tf.Tensor | undefined;
  folded: boolean;
}

/** A use of a layer. Its inputs and outputs are places in a list of values. */
interface Step {
  layer: Layer;
  bayesian: boolean;
  inputs: number[];
  outputs: number[];
  /** How often the layer was used before. */
  visit: number;
}

export class FoldedModel {
  private readonly layers: BayesianLayer[];
  private readonly steps: Step[] = [];
  private readonly outputs: number[];

  constructor(model: tf.LayersModel) {
    this.layers = bayesianLayers(model);
    const inputs = model.inputs.map((_, i) => i);
    let places = inputs.length;
    this.outputs = walk(model, inputs, (layer, into, { outputTensors }) => {
      const outputs = outputTensors.map(() => places++);
      const bayesian = bayesianLayers(layer).length > 0;
      const visit = this.steps.filter((step) => step.layer === layer).length;
      this.steps.push({ layer, bayesian, inputs: into, outputs, visit });
      return outputs;
    });
  }

  /** Gets a batch of rows ready. */
  open(xs: tf.Tensor[]): OpenBatch {
    const values: Value[] = [];
    const foldings = new Map<Step, Folding>();
    const kept: tf.Tensor[] = tf.tidy(() => {
      xs.forEach((x, i) => (values[i] = { tensor: x.clone(), mask: undefined, folded: false }));
      for (const step of this.steps) {
        const into = inputsOf(step, values);
        if (!into.every((value) => value !== undefined)) continue;
        if (!step.bayesian) store(values, step, applied(step.layer, into));
        else {
          const folding = foldOf(step.layer, into[0]!);
          if (folding !== undefined) foldings.set(step, folding);
        }
      }
      const shared = Object.values(values).flatMap(({ tensor, mask }) => (mask ? [tensor, mask] : [tensor]));
      return [...shared, ...[...foldings.values()].flatMap((folding) => folding.kept)];
    });
    return {
      draw: (block, seed) => tf.tidy(() => this.draw([...values], foldings, block, seed)),
      dispose: () => tf.dispose(kept),
    };
  }

  private draw(values: Value[], foldings: Map<Step, Folding>, block: Block, seed: number): tf.Tensor[] {
    const noiseOf = (layer: BayesianLayer, visit: number): FoldedNoise =>
      foldedNoise(foldIn(seed, this.layers.indexOf(layer)), visit, block);
    for (const step of this.steps) {
      if (step.outputs.every((place) => values[place] !== undefined)) continue;
      store(values, step, this.drawStep(step, inputsOf(step, values), foldings.get(step), block, noiseOf));
    }
    // Clones, since the caller disposes of them: one value may be two outputs, or shared by the next draws.
    return this.outputs.map((place) => asFolded(values[place]!, block.draws).tensor.clone());
  }

  private drawStep(
    { layer, bayesian, visit }: Step,
    into: Value[],
    ready: Folding | undefined,
    block: Block,
    noiseOf: (layer: BayesianLayer, visit: number) => FoldedNoise,
  ): Value[] {
    const all = (): Value[] => into.map((value) => asFolded(value, block.draws));
    if (!bayesian) return applied(layer, all());
    const folding = ready ?? foldOf(layer, into[0]!);
    if (folding === undefined) return oneByOne(layer, all(), block, (inner) => noiseOf(inner, visit));
    const [inner] = bayesianLayers(layer);
    const tensor = folding.draw(noiseOf(inner!, visit));
    const mask = into[0]!.mask && maskBehind(layer, all());
    return [{ tensor, mask, folded: true }];
  }
}

const inputsOf = ({ inputs }: Step, values: Value[]): Value[] => inputs.map((place) => values[place]!);

function store(values: Value[], { outputs }: Step, results: Value[]): void {
  outputs.forEach((place, i) => (values[place] = results[i]!));
}

function foldOf(layer: Layer, { tensor, folded }: Value): Folding | undefined {
  const inner = unwrapped(layer);
  return isBayesian(inner) ? inner.fold?.(tensor, !folded) : undefined;
}

/** What a layer makes of its inputs, as `LayersModel.predict` calls it. */
function applied(layer: Layer, into: Value[]): Value[] {
  const tensors = into.map(({ tensor }) => tensor);
  const { mask } = into.find((value) => value.mask !== undefined) ?? {};
  const kwargs = { training: false, ...(mask && { mask: into[0]!.mask }) };
  const output = layer.apply(tensors.length === 1 ? tensors[0]! : tensors, kwargs) as tf.Tensor | tf.Tensor[];
  const behind = maskBehind(layer, into);
  return [output]
    .flat()
    .map((tensor) => ({ tensor, mask: behind, folded: into.some(({ folded }) => folded) }));
}

function maskBehind(layer: Layer, into: Value[]): tf.Tensor | undefined {
  if (!layer.supportsMasking) return undefined;
  // null is how TensorFlow.js says that there is none.
  const masks = into.map(({ mask }) => mask ?? null) as tf.Tensor[];
  const tensors = into.map(({ tensor }) => tensor);
  const mask =
    tensors.length === 1 ? layer.computeMask(tensors[0]!, masks[0]) : layer.computeMask(tensors, masks);
  return [mask].flat()[0] ?? undefined;
}

/** One draw at a time, for a Bayesian layer that cannot fold, or sits in a layer that only knows how to call it. */
function oneByOne(
  layer: Layer,
  into: Value[],
  { rows, draws }: Block,
  noiseOf: (layer: BayesianLayer) => FoldedNoise,
): Value[] {
  const inside = bayesianLayers(layer);
  const everyDraw = Array.from({ length: draws }, (_, s) => {
    const ofDraw = (t: tf.Tensor): tf.Tensor =>
      t
        .reshape([rows, draws, -1])
        .slice([0, s], [-1, 1])
        .reshape([rows, ...t.shape.slice(1)]);
    const own = into.map(({ tensor, mask }) => ({
      tensor: ofDraw(tensor),
      mask: mask && ofDraw(mask.toInt()).toBool(),
      folded: true,
    }));
    return inside.reduce(
      (run, part) => () =>
        part.withSeeds(startingWith(noiseOf(part).seedOf(s, part.weight_space_sampling)), run),
      () => applied(layer, own),
    )();
  });
  const folded = (ts: tf.Tensor[]): tf.Tensor =>
    tf.stack(ts, 1).reshape([rows * draws, ...ts[0]!.shape.slice(1)]);
  return everyDraw[0]!.map(({ mask }, i) => ({
    tensor: folded(everyDraw.map((values) => values[i]!.tensor)),
    mask: mask && folded(everyDraw.map((values) => values[i]!.mask!.toInt())).toBool(),
    folded: true,
  }));
}

/** The seed itself, so that a layer draws the weights that it would draw folded; then others. */
function startingWith(seed: number): Seeds {
  let count = 0;
  return () => (count++ === 0 ? seed : foldIn(seed, count));
}

/** With each row repeated for every draw. */
function asFolded({ tensor, mask, folded }: Value, S: number): Value {
  if (folded) return { tensor, mask, folded };
  const repeat = (t: tf.Tensor): tf.Tensor =>
    t
      .reshape([t.shape[0], 1, -1])
      .tile([1, S, 1])
      .reshape([t.shape[0] * S, ...t.shape.slice(1)]);
  return { tensor: repeat(tensor), mask: mask && repeat(mask.toInt()).toBool(), folded: true };
}
