/** Which digits the figure shows: such as the Bayesian net is surest of, least sure of, and such as are none. */
import * as tf from '@tensorflow/tfjs';
import { entropy, predictive } from 'tfjs-bnn';
import { CORRUPTIONS } from './corruptions';
import type { Digits } from './data';
import type { Probabilities } from './evaluation';
import type { Card, Row } from './figure';

export interface CardOptions {
  bayesian: tf.LayersModel;
  /** None where it has not been trained. */
  plain: Probabilities | undefined;
  samples: number;
  seed: number;
}

const COLUMNS = 4;

export async function chooseCards({ x, labels }: Digits, options: CardOptions): Promise<Row[]> {
  const surest = await bySureness(x, options);
  // Four different digits, so that they are not four ones.
  const sure = surest.filter((i, at) => surest.findIndex((j) => labels[j] === labels[i]) === at);
  const unsure = surest.reverse();
  const digit = (i: number): string => `a ${labels[i]!}`;
  const own = (rows: number[]): Chosen[] =>
    rows.map((i) => ({ title: digit(i), label: labels[i], x: pick(x, i) }));
  const strange = Object.entries(CORRUPTIONS).map(([name, corrupt], at) => {
    const i = sure[at + COLUMNS]!;
    const x_i = pick(x, i);
    const title = corrupt === CORRUPTIONS['uniform noise'] ? name : `${digit(i)}, ${name}`;
    return { title, label: undefined, x: corrupt(x_i, options.seed) };
  });
  return [
    { title: 'Sure', cards: await cards(own(sure.slice(0, COLUMNS)), options) },
    { title: 'Unsure', cards: await cards(own(unsure.slice(0, COLUMNS)), options) },
    { title: 'Never seen in training', cards: await cards(strange, options) },
  ];
}

interface Chosen {
  title: string;
  label: number | undefined;
  x: tf.Tensor2D;
}

const pick = (x: tf.Tensor2D, row: number): tf.Tensor2D => x.slice(row, 1);

/** The numbers of all rows, the one of the least predictive entropy first. */
async function bySureness(x: tf.Tensor2D, { bayesian, samples, seed }: CardOptions): Promise<number[]> {
  const found = await predictive(bayesian, x, { samples, seed });
  const { total } = found.entropy();
  const entropies = await total.data();
  return [...entropies.keys()].sort((i, j) => entropies[i]! - entropies[j]!);
}

async function cards(chosen: Chosen[], { bayesian, plain, samples, seed }: CardOptions): Promise<Card[]> {
  const x = tf.concat2d(
    chosen.map((card) => card.x),
    0,
  );
  const found = await predictive(bayesian, x, { samples, seed, draws: true });
  const draws = (await found.draws().array()) as number[][][];
  const entropies = await entropy(found.mean()).data();
  const p_plain = plain && ((await (await plain(x)).array()) as number[][]);
  return chosen.map(({ title, label, x: pixels }, i) => ({
    title,
    label,
    pixels: pixels.dataSync(),
    entropy: entropies[i]!,
    draws: draws.map((draw) => draw[i]!),
    plain: p_plain?.[i],
  }));
}
