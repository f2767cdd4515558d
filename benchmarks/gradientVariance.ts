/**
 * Does the variance of the gradient fall with the batch? By 1/M where each example has noise of its own (Kingma, Salimans &
 * Welling 2015, arXiv:1506.02557, sec. 2.2) or signs of its own (flipout: Wen et al. 2018, arXiv:1803.04386), as long as what
 * its examples share, |ε|, is of no account; not where one draw of the weights serves the whole batch, whose examples err
 * together.
 *
 * Digits, 784-16 (ReLU, Bayesian)-10, at the initial values; the variance over draws of the noise, with the batch held.
 *
 *     npx tsx benchmarks/gradientVariance.ts [--draws 60] [--backend native] [--out benchmarks/gradientVariance.svg]
 */
import * as Plot from '@observablehq/plot';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { start, type Backend } from './backends';
import { ESTIMATORS, gradientVariances, slopeOf, type GradientVariances } from './gradientVariances';
import { loadDigits } from '../examples/digits/data';
import { BLUE, FAINT, INK, ORANGE, svgOf } from '../examples/plots/svg';

const { values: flags } = parseArgs({
  options: {
    draws: { type: 'string', default: '60' },
    backend: { type: 'string', default: 'native' },
    out: { type: 'string', default: 'benchmarks/gradientVariance.svg' },
  },
});
const BATCHES = [4, 16, 64, 256, 1024, 4096];
const PARTS = ['A_mean', 'A_scale'] as const;
const COLORS = { local: BLUE, flipout: ORANGE, weightSpace: INK };

const missing = await start(flags.backend as Backend);
if (missing !== undefined) throw new Error(missing);
const { train } = loadDigits(10_000, 0);
const found = Object.fromEntries(
  ESTIMATORS.map((estimator) => [
    estimator,
    BATCHES.map((M) => {
      const batch = { x: train.x.slice(0, M), y: train.y.slice(0, M) };
      return gradientVariances(estimator, batch, { units: 16, stddev: 0.05, draws: Number(flags.draws) });
    }),
  ]),
) as Record<(typeof ESTIMATORS)[number], GradientVariances[]>;

for (const part of PARTS)
  for (const estimator of ESTIMATORS) {
    const variances = found[estimator].map((v) => v[part]);
    const { value, standardError } = slopeOf(BATCHES, variances);
    const last = slopeOf(BATCHES.slice(-2), variances.slice(-2)).value.toFixed(2);
    const numbers = variances.map((v, i) => `${BATCHES[i]}: ${v.value.toExponential(2)}`).join('  ');
    console.log(`${part.padEnd(8)} ${estimator.padEnd(12)} slope ${value.toFixed(3)} ± ${standardError.toFixed(3)}, at last ${last}   ${numbers}`); // prettier-ignore
  }

const rows = ESTIMATORS.flatMap((estimator) =>
  BATCHES.flatMap((M, i) =>
    PARTS.map((part) => ({ estimator, M, part, variance: found[estimator][i]![part].value })),
  ),
);
/** What falls by 1/M from where `local` begins. */
const fall = PARTS.flatMap((part) =>
  [BATCHES[0]!, BATCHES.at(-1)!].map((M) => ({
    part,
    M,
    variance: (found.local[0]![part].value * BATCHES[0]!) / M / 2,
  })),
);
const color = ({ estimator }: (typeof rows)[number]): string => COLORS[estimator];
const svg = svgOf(
  'Variance of the gradient over the batch size M',
  {
    ...{ width: 720, height: 400, marginTop: 78, marginLeft: 66 },
    fx: { label: null, domain: [...PARTS] },
    x: { type: 'log', base: 2, ticks: BATCHES, tickFormat: String, label: 'M' },
    y: { type: 'log', grid: true, tickFormat: '.0e', label: 'variance, mean over the weights', ticks: 6 },
    marks: [
      Plot.frame({ stroke: FAINT, strokeOpacity: 0.4 }),
      Plot.line(fall, { fx: 'part', x: 'M', y: 'variance', stroke: FAINT, strokeDasharray: '4 3' }),
      Plot.line(rows, { fx: 'part', x: 'M', y: 'variance', z: 'estimator', stroke: color, strokeWidth: 2 }),
      Plot.dot(rows, { fx: 'part', x: 'M', y: 'variance', fill: color, r: 3.5 }),
    ],
  },
  [...ESTIMATORS.map((estimator) => [estimator, COLORS[estimator]] as const), ['slope of 1/M', FAINT]],
);
writeFileSync(flags.out, `${svg}\n`);
console.log(`Written: ${flags.out}`);
