/**
 * A model that makes many draws in one pass: S draws of B rows go through it as B·S rows.
 *
 * What lies before the first Bayesian layers is the same for all draws, and so are the moments of their
 * pre-activations: `open` computes them once for a batch, `draw` does the rest as often as draws are wanted. A layer of
 * weight space gets one A for each draw, whatever the batch.
 *
 * Between two draws the model may be trained. What was computed for all draws is then of other weights than the rest of
 * the net: the batch is no longer current, and is to be opened anew.
 */
import * as tf from '@tensorflow/tfjs';
import { foldedNoise, type Block, type FoldedNoise } from '../noise/foldedNoise';
import type { Folding } from '../estimators/estimator';
import { checkRoom } from '../kernels/room';
import { bayesianLayers, isBayesian, type BayesianLayer } from '../layers/bayesian';
import { keyOf } from '../layers/keptTensor';
import { unwrapped, walk } from '../layers/walk';
import { foldIn } from '../noise/noise';
import { applied, asFolded, maskBehind, type Value } from './foldedValue';
import { oneByOne } from './oneByOne';

type Layer = tf.layers.Layer;

/** A batch of rows of which draws are made. */
export interface OpenBatch {
  /** Fresh tensors, one for each output of the model: the S draws of a row behind one another, [B·S, ...]. */
  draw: (block: Block, seed: number) => tf.Tensor[];
  /** Are the weights, and the backend, still those that it was opened with? */
  isCurrent: () => boolean;
  dispose: () => void;
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

  /** @param coherent all rows of a draw share its weights, whatever the layers' own estimators */
  constructor(
    model: tf.LayersModel,
    private readonly coherent = false,
  ) {
    this.layers = bayesianLayers(model);
    const inputs = model.inputs.map((_, i) => i);
    let places = inputs.length;
    this.outputs = walk(model, inputs, (layer, into, { outputTensors }) => {
      const outputs = outputTensors.map(() => places++);
      const bayesian = bayesianLayers(layer).length > 0;
      const visit = this.steps.filter((step) => unwrapped(step.layer) === unwrapped(layer)).length;
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
          const folding = foldOf(step.layer, into[0]!, this.coherent);
          if (folding !== undefined) foldings.set(step, folding);
        }
      }
      const shared = Object.values(values).flatMap(({ tensor, mask }) => (mask ? [tensor, mask] : [tensor]));
      return [...shared, ...[...foldings.values()].flatMap((folding) => folding.kept)];
    });
    const opened = this.weightKeys();
    return {
      draw: (block, seed) => tf.tidy(() => this.draw([...values], foldings, block, seed)),
      isCurrent: () => this.weightKeys().every((key, i) => key === opened[i]),
      dispose: () => tf.dispose(kept),
    };
  }

  private weightKeys(): unknown[] {
    return this.steps.flatMap(({ layer }) => layer.weights.flatMap((weight) => keyOf(weight.read())));
  }

  private draw(values: Value[], foldings: Map<Step, Folding>, block: Block, seed: number): tf.Tensor[] {
    const noiseOf = (layer: BayesianLayer, visit: number): FoldedNoise =>
      foldedNoise(foldIn(seed, this.layers.indexOf(layer)), visit, block);
    for (const step of this.steps) {
      if (step.outputs.every((place) => values[place] !== undefined)) continue;
      checkRoomFor(step.layer, inputsOf(step, values), block);
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
    const folding = ready ?? foldOf(layer, into[0]!, this.coherent);
    if (folding === undefined) return oneByOne(layer, all(), block, (inner) => noiseOf(inner, visit));
    const [inner] = bayesianLayers(layer);
    const tensor = folding.draw(noiseOf(inner!, visit));
    const mask = into[0]!.mask && maskBehind(layer, all());
    return [{ tensor, mask, folded: true }];
  }
}

/** @throws if there is no room for what a layer makes of all draws: noise, pre-activations, their stddevs and the output. */
function checkRoomFor(layer: Layer, into: Value[], { rows, draws }: Block): void {
  const shapes = into.map(({ tensor }) => [rows * draws, ...tensor.shape.slice(1)]);
  const made = layer.computeOutputShape(shapes.length === 1 ? shapes[0]! : shapes);
  const all = (Array.isArray(made[0]) ? made : [made]) as number[][];
  all.forEach((shape) => checkRoom(layer.name, shape, 4));
}

const inputsOf = ({ inputs }: Step, values: Value[]): Value[] => inputs.map((place) => values[place]!);

function store(values: Value[], { outputs }: Step, results: Value[]): void {
  outputs.forEach((place, i) => (values[place] = results[i]!));
}

function foldOf(layer: Layer, { tensor, folded }: Value, coherent: boolean): Folding | undefined {
  const inner = unwrapped(layer);
  return isBayesian(inner) ? inner.fold?.(tensor, !folded, coherent) : undefined;
}
