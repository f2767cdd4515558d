/**
 * The formulas of `src/estimators/localPass.ts` (with those of `moments.ts`, `spread.ts` and `relu.ts`) and of a loss as one graph
 * of TensorFlow ops, and the file of `src` that holds its bytes.
 *
 * A graph costs one call where its ops cost one each, with a wait for TensorFlow's threads between any two of them; and
 * it reuses its buffers. It is one graph because any of its values can be fed: what a forward pass has computed is fed
 * to the gradients, and whatever led to it is left out.
 *
 * A graph runs in threads of TensorFlow, too. A MatMul that is called by itself computes in the caller's thread, in code
 * that writes below the stack: a signal in that moment (Ctrl-C, a profiler) destroys the memory of the process.
 */
import { TAYLOR_EXPM1_MINUS } from '../../src/gaussian/kl';
import { Graph } from './savedModel';

export const GRAPH_FILE = 'src/kernels/graphBytes.ts';

/** The text of `GRAPH_FILE`. */
export const graphFile =
  (): string => `/** Made by \`npm run kernels\` out of \`scripts/kernels/graph.ts\`: do not edit. */
export const GRAPH_BYTES =
  '${layerGraph().savedModel().toString('hex')}';
`;

function layerGraph(): Graph {
  const g = new Graph();
  const { times, plus, minus } = arithmetic(g);

  const X = g.placeholder('X');
  const noise = g.placeholder('noise');
  const dKL = times(g.placeholder('dScaledKL'), g.placeholder('c'));
  const A = weights(g, 'A', dKL, [0, 1]);
  const b = weights(g, 'b', dKL, [0]);

  // z = X·A_mean + σ ε,  σ² = X²·A_variance; with a bias, b_mean and b_variance are added to each row;
  // h = max(0, z), and h1 with a column of ones behind it.
  const X2 = g.op('Square', [X]);
  const mean = g.product(X, A.mean, undefined, 'mean');
  const variance = g.product(X2, A.variance, undefined, 'variance');
  const drawn = (ofMean: string, ofVariance: string, suffix: string): { stddev: string; h: string } => {
    const stddev = g.op('Sqrt', [ofVariance], `stddev${suffix}`);
    const h = g.op('Relu', [plus(ofMean, times(stddev, noise), `z${suffix}`)], `h${suffix}`);
    g.withOnes(h, `h1${suffix}`);
    return { stddev, h };
  };
  const { stddev, h } = drawn(mean, variance, '');
  drawn(plus(mean, b.mean), plus(variance, b.variance), '_with_bias');

  // dz = dh where h > 0. They may have the column of ones, which is cut off then.
  const dz = g.asLargeAs(noise, g.op('ReluGrad', [g.placeholder('dh'), h], 'dz_by_h'), 'dz');

  // The gradients of z. Twice that in the variance, dz ε / σ, is what all of them need.
  const twice_dvariance = g.op('DivNoNan', [times(dz, noise), stddev]);
  times(g.number(0.5), twice_dvariance, 'dvariance');
  const dXBy = (timesTransposed: (a: string, b: string) => string, name: string): string =>
    plus(timesTransposed(dz, A.mean), times(X, timesTransposed(twice_dvariance, A.variance)), name);
  dXBy((y, w) => g.product(y, w, 'second'), 'dX');
  // The same y·wᵀ as (w·yᵀ)ᵀ, a third of the time where w is much larger than y.
  dXBy((y, w) => g.transposed(g.product(w, y, 'second')), 'dX_of_few_rows');
  A.gradients(
    g.product(X, dz, 'first', 'dz_A_mean'),
    g.product(X2, twice_dvariance, 'first', 'twice_dA_variance'),
  );
  b.gradients(g.sum(dz, [0], { name: 'dz_b_mean' }), g.sum(twice_dvariance, [0]));

  // The loss of `src/likelihoods/crossEntropy.ts`, as a column.
  const p = g.placeholder('p');
  const ln_q = g.op('LogSoftmax', [g.placeholder('logits')], 'ln_q');
  const sumOfRows = (a: string): string => g.sum(a, [1], { keepsAxes: true });
  g.op('Neg', [sumOfRows(times(p, ln_q))], 'H');
  const q = times(g.op('Exp', [ln_q]), sumOfRows(p));
  times(g.placeholder('dH'), minus(q, p), 'dlogits');
  return g;
}

/**
 * Weights w ~ Normal(w_mean, e^(2 ln_w_scale)) with the prior Normal(w_m0, w_p²), and their KL.
 *
 * m0 and p are tensors that broadcast, or numbers. Of a number p, w_ln_p and w_p2 are fed; where m0 is 0, w_distance is.
 */
function weights(
  g: Graph,
  w: 'A' | 'b',
  dKL: string,
  axes: number[],
): { mean: string; variance: string; gradients: (ofMean: string, twiceOfVariance: string) => void } {
  const { times, plus, minus } = arithmetic(g);
  const [half, two] = [g.number(0.5), g.number(2)];
  const mean = g.placeholder(`${w}_mean`);
  const ln_scale = g.placeholder(`ln_${w}_scale`);
  const variance = g.op('Square', [g.op('Exp', [ln_scale])], `${w}_variance`);
  const p = g.placeholder(`${w}_p`);
  const p2 = g.op('Square', [p], `${w}_p2`);
  const distance = minus(mean, g.placeholder(`${w}_m0`), `${w}_distance`);
  const lnRatio = minus(ln_scale, g.op('Log', [p], `${w}_ln_p`));

  // What the KL is made of where the scales are not near the prior's, for one p and for many …
  const sums = (d: string, v: string, r: string, name: string): string =>
    g.vector([g.op('L2Loss', [d]), g.sum(v, axes), g.sum(r, axes)], name);
  sums(distance, variance, ln_scale, `${w}_sums`);
  const relative = [g.op('RealDiv', [distance, p]), g.op('RealDiv', [variance, p2])] as const;
  sums(...relative, lnRatio, `${w}_sumsOfRatios`);
  // … and where they are: Σ e^u − 1 − u, for |u| < ½ by its series u²/2 (1 + u/3 + u²/12 + …).
  const u = times(two, lnRatio);
  const expm1 = g.op('Expm1', [u]);
  const small = g.op('Minimum', [g.op('Maximum', [u, g.number(-0.5)]), half]);
  const series = TAYLOR_EXPM1_MINUS.slice(0, -1).reduceRight(
    (sum, c) => plus(times(sum, small), g.number(c)),
    g.number(TAYLOR_EXPM1_MINUS.at(-1)!),
  );
  // |u| < ½ as a number: what is chosen is finite on both sides.
  const nearSeries = times(times(half, g.op('Square', [small])), series);
  const isNear = g.op('Less', [g.op('Abs', [u]), half]);
  g.sum(g.op('SelectV2', [isNear, nearSeries, minus(expm1, u)]), axes, { name: `${w}_sumNearPrior` });

  return {
    mean,
    variance,
    /** From those of z, alone and with those of the KL. */
    gradients(ofMean, twiceOfVariance) {
      times(half, twiceOfVariance, `d${w}_variance`);
      const perSquare = g.op('RealDiv', [dKL, p2]);
      plus(ofMean, times(perSquare, distance), `d${w}_mean`);
      minus(times(variance, plus(twiceOfVariance, perSquare)), dKL, `dln_${w}_scale`);
      plus(times(variance, twiceOfVariance), times(dKL, expm1), `dln_${w}_scaleNearPrior`);
    },
  };
}

type Binary = (a: string, b: string, name?: string) => string;

function arithmetic(g: Graph): Record<'times' | 'plus' | 'minus', Binary> {
  const by =
    (op: string): Binary =>
    (a, b, name) =>
      g.op(op, [a, b], name);
  return { times: by('Mul'), plus: by('AddV2'), minus: by('Sub') };
}
