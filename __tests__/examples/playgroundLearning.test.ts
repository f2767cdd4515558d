/** What the playground's worker learns, without a browser: seeded, stoppable, and each kind of net what it should be. */
import * as tf from '@tensorflow/tfjs';
import { DATA_SETS } from '../../examples/playground/src/dataSets';
import { Gate } from '../../examples/playground/src/gate';
import { learn } from '../../examples/playground/src/learn';
import {
  INITIAL_OPTIONS,
  type Mode,
  type Options,
  type Problem,
} from '../../examples/playground/src/problem';
import type { ClassificationPicture, RegressionPicture, View } from '../../examples/playground/src/protocol';

const STEPS = 40;

beforeAll(() => tf.setBackend('cpu'));

const problem = (mode: Mode, options: Partial<Options> = {}, seed = 1): Problem => ({
  mode,
  points: mode === 'regression' ? DATA_SETS.regression.gap.points : DATA_SETS.classification.moons.points,
  options: { ...INITIAL_OPTIONS, units: 8, ...options },
  seed,
});

/** The views of a training; `onView` may end it. */
async function views(
  one: Problem,
  { milliseconds = 1e9, onView }: { milliseconds?: number; onView?: (control: AbortController) => void } = {},
): Promise<View[]> {
  const [gate, control, seen] = [new Gate(), new AbortController(), [] as View[]];
  gate.open();
  const show = (view: View): void => {
    seen.push(view);
    onView?.(control);
  };
  const tensors = tf.memory().numTensors;
  await learn(one, { gate, pace: { milliseconds }, signal: control.signal, show, steps: STEPS });
  expect(tf.memory().numTensors).toBe(tensors);
  return seen;
}

test.each(['regression', 'classification'] as const)(
  'the same %s is learned in the same way, however often it is looked at; another seed learns another',
  async (mode) => {
    const [seldom, often, other] = [
      await views(problem(mode)),
      await views(problem(mode), { milliseconds: 0 }),
      await views(problem(mode, {}, 2)),
    ];
    expect(seldom.map(({ progress }) => progress.step)).toEqual([0, STEPS]);
    expect(often.length).toBeGreaterThan(2);
    expect(often.at(-1)).toEqual(seldom.at(-1));
    expect(other.at(-1)!.picture).not.toEqual(seldom.at(-1)!.picture);
  },
);

test.each(['all', 'last', 'plain'] as const)('with layers %s the loss falls', async (layers) => {
  const seen = await views(problem('regression', { layers }), { milliseconds: 0 });
  const losses = seen.flatMap(({ progress }) => progress.nll ?? []);
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.3);
  expect(seen.at(-1)!.progress.kl === undefined).toBe(layers === 'plain');
});

test.each(['flipout', 'weightSpace'] as const)('%s trains, with a noise that is known', async (estimator) => {
  const seen = await views(problem('regression', { estimator, noise: 0.2, layers: 'all' }));
  const { aleatoric } = seen.at(-1)!.picture as RegressionPicture;
  for (const stddev of aleatoric) expect(stddev).toBeCloseTo(0.2, 5);
});

test('bands hold each other, and the parts of the doubt are as long as the axis', async () => {
  const picture = (await views(problem('regression'))).at(-1)!.picture as RegressionPicture;
  const { x, curve, target, mean, draws } = picture;
  expect([x[0], x.at(-1), draws.length]).toEqual([-4, 4, 12]);
  for (const kind of [curve, target])
    for (let i = 0; i < x.length; i++) {
      expect(kind[90].lower[i]).toBeLessThanOrEqual(kind[50].lower[i]!);
      expect(kind[90].upper[i]).toBeGreaterThanOrEqual(kind[50].upper[i]!);
      expect(target[90].upper[i]).toBeGreaterThan(curve[90].upper[i]! - 1e-3);
    }
  for (const values of [mean, picture.epistemic, picture.aleatoric, ...draws])
    expect([values.length, values.every(Number.isFinite)]).toEqual([x.length, true]);
});

test('the entropy of the classes is the sum of its parts; of a plain net all of it is aleatoric', async () => {
  const last = async (layers: Options['layers']): Promise<ClassificationPicture> =>
    (await views(problem('classification', { layers }))).at(-1)!.picture as ClassificationPicture;
  const [bayesian, plain] = [await last('last'), await last('plain')];
  for (let i = 0; i < bayesian.total.length; i++)
    expect(bayesian.total[i]).toBeCloseTo(bayesian.aleatoric[i]! + bayesian.epistemic[i]!, 4);
  expect(Math.max(...bayesian.epistemic)).toBeGreaterThan(0.01);
  expect([Math.max(...plain.epistemic), plain.draws.length]).toEqual([0, 0]);
  expect(plain.total).toEqual(plain.aleatoric);
});

test.each(['all', 'last', 'plain'] as const)(
  'without points there is the prior of layers %s at once',
  async (layers) => {
    const seen = await views({ ...problem('regression', { layers, noise: 0.1 }), points: [] });
    expect(seen.map(({ progress }) => progress)).toEqual([
      { step: 0, steps: 0, nll: undefined, kl: undefined },
    ]);
    const { epistemic } = seen[0]!.picture as RegressionPicture;
    const doubt = epistemic.reduce((sum, stddev) => sum + stddev, 0) / epistemic.length;
    if (layers === 'plain') expect(doubt).toBe(0);
    else expect(doubt).toBeGreaterThan(0.5);
  },
);

test('a training that is broken off shows nothing more', async () => {
  const seen = await views(problem('regression'), { milliseconds: 0, onView: (control) => control.abort() });
  expect(seen).toHaveLength(1);
});
