/** The whole story: train both nets, compare them on penguins that were held out, draw what they think. */
import * as tf from '@tensorflow/tfjs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HiddenLayer, tableRows, weightHistogram } from 'tfjs-bnn';
import { pngOf } from '../plots/png';
import { predictiveBand, type Point } from '../plots/predictiveBand';
import { weightPosterior, type WeightRow } from '../plots/weightPosterior';
import type { Terminal } from '../progress';
import { bandOf, plainBandOf, type Prediction, type Units } from './band';
import { comparison, evaluateBayesian, evaluatePlain, LEVEL, table, type Evaluation } from './evaluation';
import { bayesianNet, klOf, plainNet, UNITS } from './nets';
import type { Options } from './options';
import { loadPenguins, standardOf, type Penguin, type Penguins } from './penguins';
import { train } from './training';

// A type, not an interface: it is a record of evaluations too.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
export type Evaluations = {
  Bayesian: Evaluation;
  /** None where the training was stopped before. */
  plain?: Evaluation;
};

/**
 * @param signal stops the training early; what there is by then is compared and written all the same.
 * @param terminal where progress and report go.
 * @returns what the nets are worth on the held-out penguins.
 */
export async function run(options: Options, signal: AbortSignal, terminal: Terminal): Promise<Evaluations> {
  const { epochs, seed, out } = options;
  const say = (line: string): unknown => terminal.write(`${line}\n`);
  const penguins = loadPenguins(seed);
  const N = penguins.train.length;
  say(
    `${penguins.rows} penguins; ${penguins.missing} lack the length of a flipper or the mass and are left out. ` +
      `${N} to train on, ${penguins.heldOut.length} held out.`,
  );
  say(`Nets of 1-${UNITS}-2 and 1-${UNITS}-1; ${epochs} epochs, seed ${seed}.\n`);

  const units: Units = {
    flipper: standardOf(penguins.train.map(({ flipper }) => flipper)),
    mass: standardOf(penguins.train.map(({ mass }) => mass)),
  };
  const trained = standardised(penguins.train, units);
  const held = { ...standardised(penguins.heldOut, units), unit: units.mass };

  const bayesian = bayesianNet({ datasetSize: N, seed });
  const fit = { epochs, signal, terminal };
  await train(bayesian, trained.x, trained.y, { ...fit, kl: () => klOf(bayesian) / N });
  const plain = plainNet(seed);
  if (!signal.aborted) await train(plain, trained.x, trained.y, { ...fit, kl: () => undefined });

  const evaluations: Evaluations = {
    Bayesian: await evaluateBayesian(bayesian, held, options),
    ...(!signal.aborted && { plain: evaluatePlain(plain, held) }),
  };
  say(`\n${signal.aborted ? 'Stopped early. ' : ''}On the ${penguins.heldOut.length} held out:\n`);
  say(`${table(evaluations)}\n`);
  remarks(evaluations).forEach(say);
  const { band, functions } = await bandOf(bayesian, units, options);
  widening(band, endsOf([...penguins.train, ...penguins.heldOut])).forEach(say);

  const other = signal.aborted
    ? undefined
    : { name: 'plain net, 90 %', band: await plainBandOf(plain, units) };
  const figure = predictiveBand({
    title: 'Mass of a penguin, from the length of its flipper',
    xLabel: 'length of a flipper, mm',
    yLabel: 'mass of the body, kg',
    xUnit: 'mm',
    band,
    points: pointsOf(penguins),
    draws: functions,
    trainedOn: endsOf(penguins.train),
    ...(other && { other }),
  });
  await write(out, { figure, weights: weightPosterior(await weightsOf(bayesian)) });
  say(`\nWritten to ${out}: figure.svg, figure.png (the band), weights.svg, weights.png (the posterior).`);

  bayesian.dispose();
  plain.dispose();
  tf.dispose([trained, held.x, held.y]);
  return evaluations;
}

function standardised(penguins: Penguin[], { flipper, mass }: Units): { x: tf.Tensor2D; y: tf.Tensor2D } {
  return {
    x: tf.tensor2d(penguins.map((penguin) => [flipper.to(penguin.flipper)])),
    y: tf.tensor2d(penguins.map((penguin) => [mass.to(penguin.mass)])),
  };
}

/** How much of the comparison chance explains. */
function remarks({ Bayesian, plain }: Evaluations): string[] {
  const chance = 100 * Math.sqrt((LEVEL * (1 - LEVEL)) / Bayesian.nlls.length);
  const lines = [
    `Perfect intervals would hold ${100 * LEVEL} ± ${chance.toFixed(1)} % of the targets (one standard error).`,
  ];
  if (plain !== undefined) {
    const { mean, error } = comparison(Bayesian, plain);
    const which = mean > 0 ? 'above' : 'below';
    lines.push(
      `The NLL of the Bayesian net is ${Math.abs(mean).toFixed(3)} ± ${error.toFixed(3)} nats ${which} the plain one's: ` +
        (Math.abs(mean) < 2 * error ? 'no more than chance explains.' : 'more than chance explains.'),
    );
  }
  return lines;
}

/** How unsure the net is within the data and beyond, in words. */
function widening(band: Prediction[], [least, greatest]: [number, number]): string[] {
  const at = (length: number): string => {
    const { lower, upper, aleatoric, epistemic } = band.find(({ x }) => x === length)!;
    const kg = (v: number): string => `${v.toFixed(2)} kg`;
    return `  ${length} mm: ${kg(lower)} to ${kg(upper)}; stddevs: aleatoric ${kg(aleatoric)}, epistemic ${kg(epistemic)}`;
  };
  return [
    '',
    `90 % interval of a penguin's mass (flippers in the data are ${least} to ${greatest} mm long):`,
    ...[155, 180, 200, 220, 250].map(at),
  ];
}

async function weightsOf(net: tf.Sequential): Promise<Record<string, WeightRow[]>> {
  const rows: Record<string, WeightRow[]> = {};
  for (const layer of net.layers.filter((one): one is HiddenLayer => one instanceof HiddenLayer)) {
    const histogram = tf.tidy(() => weightHistogram(layer.posterior()));
    rows[layer.name] = await tableRows(histogram);
    tf.dispose(histogram);
  }
  return rows;
}

function pointsOf({ train: trained, heldOut }: Penguins): Point[] {
  const points = (penguins: Penguin[], isHeldOut: boolean): Point[] =>
    penguins.map(({ flipper, mass }) => ({ x: flipper, y: mass, heldOut: isHeldOut }));
  return [...points(trained, false), ...points(heldOut, true)];
}

function endsOf(penguins: Penguin[]): [number, number] {
  const lengths = penguins.map(({ flipper }) => flipper);
  return [Math.min(...lengths), Math.max(...lengths)];
}

async function write(out: string, figures: Record<string, string>): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const [name, svg] of Object.entries(figures)) {
    await writeFile(join(out, `${name}.svg`), svg);
    await writeFile(join(out, `${name}.png`), pngOf(svg));
  }
}
