/** Which digits the figure shows: such as the Bayesian net is surest of, least sure of, and such as are none. */
import * as tf from '@tensorflow/tfjs';
import { predictive } from 'tfjs-bnn';
import { rowsOf, valuesOf } from '../values';
import { invert, noise, rotate } from './corruptions';
import { LETTERS, letters } from './letters';
import { CLASSES, PIXELS, type Digits } from './data';
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
/** An R. */
const LETTER = LETTERS.indexOf('R');

/** What a card shows, before the nets have seen it. */
interface Motif {
  title: string;
  label: number | undefined;
  pixels: tf.Tensor2D;
}

export async function chooseCards({ x, labels }: Digits, options: CardOptions): Promise<Row[]> {
  const surest = await bySureness(x, options);
  // Different digits, so that they are not all ones.
  const sure = surest.filter((i, at) => surest.findIndex((j) => labels[j] === labels[i]) === at);
  const unsure = surest.toReversed();

  const pixels = (i: number): tf.Tensor2D => x.slice(i, 1);
  const digit = (i: number): Motif => ({ title: `a ${labels[i]!}`, label: labels[i], pixels: pixels(i) });
  const [a, b, c] = [4, 5, 6].map((at) => sure[at % sure.length]!) as [number, number, number];
  const strange: Motif[] = tf.tidy(() => [
    { title: `a ${labels[a]!}, rotated`, label: undefined, pixels: rotate(pixels(a), 0) },
    { title: `a ${labels[b]!}, inverted`, label: undefined, pixels: invert(pixels(b), 0) },
    {
      title: `the letter ${LETTERS[LETTER]!}`,
      label: undefined,
      pixels: letters(options.seed).slice(LETTER, 1),
    },
    { title: 'noise', label: undefined, pixels: noise(pixels(c), options.seed) },
  ]);
  return [
    { title: 'Sure', cards: await cards(sure.slice(0, COLUMNS).map(digit), options) },
    { title: 'Unsure', cards: await cards(unsure.slice(0, COLUMNS).map(digit), options) },
    { title: 'Never seen in training', cards: await cards(strange, options) },
  ];
}

/** The numbers of all rows, the one of the least predictive entropy first. */
async function bySureness(x: tf.Tensor2D, { bayesian, samples, seed }: CardOptions): Promise<number[]> {
  const found = await predictive(bayesian, x, { samples, seed });
  const entropies = valuesOf(() => found.entropy().total);
  found.dispose();
  return [...entropies.keys()].sort((i, j) => entropies[i]! - entropies[j]!);
}

/** The motifs as both nets see them; takes their tensors over. */
async function cards(motifs: Motif[], { bayesian, plain, samples, seed }: CardOptions): Promise<Card[]> {
  const x = tf.concat2d(
    motifs.map(({ pixels }) => pixels),
    0,
  );
  const found = await predictive(bayesian, x, { samples, seed, draws: true });
  const p = await plain?.(x);
  const entropies = valuesOf(() => found.entropy().total);
  const draws = matrix(() => found.draws(), CLASSES);
  const images = matrix(() => x, PIXELS);
  const p_plain = p && matrix(() => p, CLASSES);
  found.dispose();
  tf.dispose([x, p, ...motifs.map(({ pixels }) => pixels)]);
  return motifs.map(({ title, label }, i) => ({
    title,
    label,
    pixels: images[i]!,
    entropy: entropies[i]!,
    draws: draws.filter((_, row) => row % motifs.length === i),
    plain: p_plain?.[i],
  }));
}

const matrix = (f: () => tf.Tensor, width: number): number[][] => rowsOf(valuesOf(f), width);
