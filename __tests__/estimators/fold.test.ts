/** Draws that go through a layer side by side are the single ones, draw for draw; single ones are what the formulas say. */
import * as tf from '@tensorflow/tfjs';
import type { Estimator, Folding, Shape, Weights } from '../../src/estimators/estimator';
import { flipout } from '../../src/estimators/flipout';
import { local } from '../../src/estimators/local';
import { weightSpace } from '../../src/estimators/weightSpace';
import type { FoldedNoise } from '../../src/noise/foldedNoise';
import { eachBackend } from '../helpers/eachBackend';
import * as cases from '../helpers/mapCases';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

const {
  convolutionCase,
  denseCase,
  embeddingCase,
  numbers,
  productOf,
  squares,
  stddevsOf,
  tensors,
  weightsOf,
} = cases;
type MapCase = cases.MapCase;

const CASES = [
  denseCase([1], 2, 1),
  denseCase([2], 3, 2),
  denseCase([2, 3], 3, 2),
  embeddingCase([1, 1, 0, 2], [2, 2], 3, 2),
  convolutionCase({ batch: 2, axes: [2, 3], sizes: [2, 2], input: 2, output: 2 }),
].flatMap((the) => [the, cases.biased(the)]);
const named = CASES.map((the): [string, MapCase] => [the.name, the]);

const estimators: Record<string, Estimator> = { local, weightSpace, flipout };
const S = 3;
const outputOf = (z: tf.Tensor): tf.Tensor => tf.tanh(z);

const weights = ({ power }: Estimator, the: MapCase): Weights => ({
  mean: tensors(weightsOf(the), the.aShapes),
  spread: tensors(power === 2 ? stddevsOf(the).map(squares) : stddevsOf(the), the.aShapes),
});

const size = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** Of S draws, one after another: the numbers of each tensor of noise. */
const noises = (way: Estimator, the: MapCase): number[][][] =>
  Array.from({ length: S }, (_, s) =>
    way.noise(the.map, the.xShape, the.aShapes).map((shape, i) => numbers(size(shape), 100 + 10 * s + i)),
  );

const single = (way: Estimator, the: MapCase, ε: number[][], X: number[]): tf.Tensor => {
  const shapes = way.noise(the.map, the.xShape, the.aShapes);
  return way.draw(the.map, tf.tensor(X, the.xShape), weights(way, the), tensors(ε, shapes), outputOf);
};

/** The same numbers as a folded pass asks for them: the draws of a row behind one another. */
function foldedNoise(way: Estimator, the: MapCase, rows: number): FoldedNoise {
  const ε = noises(way, the);
  const perRow = (i: number, shape: Shape): tf.Tensor =>
    tf.tidy(() =>
      tf
        .tensor(
          ε.flatMap((of) => of[i]!),
          [S, rows, size(shape)],
        ) // prettier-ignore
        .transpose([1, 0, 2])
        .reshape([rows * S, ...shape]),
    );
  return {
    block: { firstRow: 0, rows, firstDraw: 0, draws: S },
    seedOf: () => 0,
    perRow: (shape) => perRow(0, shape),
    perRowOfPass: (shape, part) => perRow(part, shape),
    perDraw: (shape, part = 0) => tf.tensor(ε.flatMap((of) => of[part]!), [S, ...shape]), // prettier-ignore
  };
}

eachBackend('an estimator', () => {
  for (const [name, way] of Object.entries(estimators)) {
    test.each(named)(`${name} draws side by side for each draw's own X: %s`, (_, the) => {
      const rows = the.xShape[0]!;
      const Xs = Array.from({ length: S }, (__, s) =>
        the.name.startsWith('embedding') ? the.X.map((v) => (v + s) % 3) : numbers(the.X.length, 60 + s),
      );
      tf.tidy(() => {
        const folded = tf.tensor(Xs.flat(), [S, rows, the.X.length / rows]).transpose([1, 0, 2]);
        const X = folded.reshape([rows * S, ...the.xShape.slice(1)]);
        const { kept, draw } = way.fold(the.map, X, weights(way, the), false, outputOf);
        expect(kept).toContain(X);
        const output = draw(foldedNoise(way, the, rows));
        const expected = noises(way, the).map((ε, s) => single(way, the, ε, Xs[s]!));
        expect(output.shape).toEqual([rows * S, ...the.zShape.slice(1)]);
        expectAllClose(output.reshape([rows, S, -1]), tf.stack(expected, 1).reshape([rows, S, -1]));
      });
    });

    test.each(named)(`${name} draws side by side for one X, with weights of its own: %s`, (_, the) => {
      const rows = the.xShape[0]!;
      const [X, noise, given] = [
        tf.tensor(the.X, the.xShape),
        foldedNoise(way, the, rows),
        weights(way, the),
      ];
      const before = tf.memory().numTensors;
      let folding!: Folding;
      tf.tidy(() => {
        folding = way.fold(the.map, X, given, true, outputOf);
        folding.kept.forEach((t) => tf.keep(t));
      });
      const { kept, draw } = folding;
      // The layer is trained on, its tensors are gone.
      tf.dispose([...given.mean, ...given.spread]);
      const output = tf.tidy(() => draw(noise));
      tf.tidy(() => {
        const expected = noises(way, the).map((ε) => single(way, the, ε, the.X));
        expect(output.shape).toEqual([rows * S, ...the.zShape.slice(1)]);
        expectAllClose(output.reshape([rows, S, -1]), tf.stack(expected, 1).reshape([rows, S, -1]));
      });
      tf.dispose([output, ...kept]);
      expect(tf.memory().numTensors).toBe(before - 2 * the.aShapes.length - (kept.includes(X) ? 1 : 0));
      X.dispose();
    });

    test.each(named)(`${name} gives the single draws one behind the other: %s`, (_, the) => {
      tf.tidy(() => {
        const shapes = way.noise(the.map, the.xShape, the.aShapes);
        const ε = noises(way, the);
        const all = shapes.map((shape, i) => tf.tensor(ε.flatMap((of) => of[i]!), [S, ...shape])); // prettier-ignore
        const z = way.draws(the.map, tf.tensor(the.X, the.xShape), weights(way, the), all);
        expectAllClose(tf.tanh(z), tf.stack(ε.map((of) => single(way, the, of, the.X))));
      });
    });
  }

  test.each(named)('flipout flips the signs of one draw of the weights for each example: %s', (_, the) => {
    const { input, output } = the.map.channels(the.aShapes);
    const shapes = flipout.noise(the.map, the.xShape, the.aShapes);
    const ε = shapes.map((shape, i) => numbers(size(shape), 100 + i));
    const signs = ε.slice(the.aShapes.length).map((of) => of.map((v) => (v >= 0 ? 1 : -1)));
    expect(signs).toHaveLength(input === undefined ? 1 : 2);
    const rowOf = (at: number, all: readonly number[]): number =>
      Math.floor((at * the.xShape[0]!) / all.length);
    const M = weightsOf(the);
    const deviations = stddevsOf(the).map((s, i) => s.map((v, j) => v * ε[i]![j]!));
    const flip = (v: number, at: number, all: number[], channels: number, of: number[]): number =>
      v * of[rowOf(at, all) * channels + (at % channels)]!;
    const flipped =
      input === undefined ? the.X : the.X.map((v, at, all) => flip(v, at, all, input, signs[1]!));
    const means = productOf(the, the.X, M);
    const z = productOf(the, flipped, deviations).map(
      (v, at, all) => means[at]! + flip(v, at, all, output, signs[0]!),
    );
    tf.tidy(() => {
      const drawn = flipout.draw(the.map, tf.tensor(the.X, the.xShape), weights(flipout, the), tensors(ε, shapes)); // prettier-ignore
      expectAllClose(drawn, tf.tensor(z, the.zShape));
    });
  });

  test('flipout takes noise of 0 for a plus', () => {
    const the = denseCase([1], 1, 1);
    tf.tidy(() => {
      const noise = [tf.ones([1, 1]), tf.zeros([1, 1]), tf.zeros([1, 1])];
      const one = { mean: [tf.scalar(2).reshape([1, 1])], spread: [tf.ones([1, 1])] };
      expectAllClose(flipout.draw(the.map, tf.ones([1, 1]), one, noise), [[3]]);
    });
  });

  test.each(named)('local draws each z by itself: %s', (_, the) => {
    const ε = numbers(size(the.zShape), 100);
    const { mean, variance } = cases.momentsOf(the, weightsOf(the), stddevsOf(the));
    const z = mean.map((m, i) => m + Math.sqrt(variance[i]!) * ε[i]!);
    const check = (): void =>
      tf.tidy(() => {
        const drawn = local.draw(the.map, tf.tensor(the.X, the.xShape), weights(local, the), [tf.tensor(ε, the.zShape)]); // prettier-ignore
        expectAllClose(drawn, tf.tensor(z, the.zShape));
      });
    check();
    withoutKernels(check);
  });

  test.each(named)('weightSpace draws one A for all rows: %s', (_, the) => {
    const ε = the.aShapes.map((shape, i) => numbers(size(shape), 100 + i));
    const A = weightsOf(the).map((m, i) => m.map((v, j) => v + stddevsOf(the)[i]![j]! * ε[i]![j]!));
    tf.tidy(() => {
      const drawn = weightSpace.draw(the.map, tf.tensor(the.X, the.xShape), weights(weightSpace, the), tensors(ε, the.aShapes)); // prettier-ignore
      expectAllClose(drawn, tf.tensor(productOf(the, the.X, A), the.zShape));
    });
  });
});

test('what an estimator is', () => {
  expect([local, weightSpace, flipout].map((way) => [way.name, way.power, way.oneNoisePerPass])).toEqual([
    ['local', 2, false],
    ['weightSpace', 1, true],
    ['flipout', 1, true],
  ]);
});
