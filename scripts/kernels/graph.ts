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
  const times = (a: string, b: string, name?: string): string => g.op('Mul', [a, b], name);
  const plus = (a: string, b: string, name?: string): string => g.op('AddV2', [a, b], name);
  const minus = (a: string, b: string, name?: string): string => g.op('Sub', [a, b], name);
  const [half, two] = [g.number(0.5), g.number(2)];

  const X = g.placeholder('X');
  const A_mean = g.placeholder('A_mean');
  const ln_A_scale = g.placeholder('ln_A_scale');
  const noise = g.placeholder('noise');
  const dKL = times(g.placeholder('dScaledKL'), g.placeholder('c'));
  const ln_p = g.placeholder('ln_p');
  const p2 = g.placeholder('p2');

  // z = X·A_mean + σ ε,  σ² = X²·A_variance
  const A_scale = g.op('Exp', [ln_A_scale]);
  const A_variance = g.op('Square', [A_scale], 'A_variance');
  const X2 = g.op('Square', [X]);
  const stddev = g.op('Sqrt', [g.product(X2, A_variance)], 'stddev');
  const z = plus(g.product(X, A_mean), times(stddev, noise), 'z');

  // h = max(0, z), and h1 with a column of ones behind it; dz = dh where h > 0.
  const h = g.op('Relu', [z], 'h');
  g.op('ReluGrad', [g.placeholder('dh'), h], 'dz_by_h');
  const h1 = g.withOnes(h, 'h1');
  const dz = g.withoutLast(g.op('ReluGrad', [g.placeholder('dh1'), h1]), 'dz');

  // What the KL is made of where the scales are not near the prior's …
  g.vector([g.op('L2Loss', [A_mean]), g.sum(A_variance), g.sum(ln_A_scale)], 'sums');
  // … and where they are: Σ e^u − 1 − u, for |u| < ½ by its series u²/2 (1 + u/3 + u²/12 + …).
  const u = times(two, minus(ln_A_scale, ln_p));
  const expm1 = g.op('Expm1', [u]);
  const small = g.op('Minimum', [g.op('Maximum', [u, g.number(-0.5)]), half]);
  const series = TAYLOR_EXPM1_MINUS.slice(0, -1).reduceRight(
    (sum, c) => plus(times(sum, small), g.number(c)),
    g.number(TAYLOR_EXPM1_MINUS.at(-1)!),
  );
  // |u| < ½ as a number: what is chosen is finite on both sides.
  const nearSeries = times(times(half, g.op('Square', [small])), series);
  const isNear = g.op('Less', [g.op('Abs', [u]), half]);
  g.sum(g.op('SelectV2', [isNear, nearSeries, minus(expm1, u)]), { name: 'sumNearPrior' });

  // The gradients of z. Twice that in the variance, dz ε / σ, is what all of them need …
  const twice_dvariance = g.op('DivNoNan', [times(dz, noise), stddev]);
  const dXBy = (timesTransposed: (a: string, b: string) => string, name: string): string =>
    plus(timesTransposed(dz, A_mean), times(X, timesTransposed(twice_dvariance, A_variance)), name);
  dXBy((a, b) => g.product(a, b, 'second'), 'dX');
  // The same a·bᵀ as (b·aᵀ)ᵀ, a third of the time where b is much larger than a.
  dXBy((a, b) => g.transposed(g.product(b, a, 'second')), 'dX_of_few_rows');
  const dz_A_mean = g.product(X, dz, 'first', 'dz_A_mean');
  const twice_dA_variance = g.product(X2, twice_dvariance, 'first');
  times(half, twice_dA_variance, 'dA_variance');

  // … and, with those of the KL, the gradients of a pass.
  const perSquare = g.op('RealDiv', [dKL, p2]);
  plus(dz_A_mean, times(perSquare, A_mean), 'dA_mean');
  minus(times(A_variance, plus(twice_dA_variance, perSquare)), dKL, 'dln_A_scale');
  plus(times(A_variance, twice_dA_variance), times(dKL, expm1), 'dln_A_scaleNearPrior');

  // The loss of `src/likelihoods/crossEntropy.ts`, as a column.
  const p = g.placeholder('p');
  const ln_q = g.op('LogSoftmax', [g.placeholder('logits')], 'ln_q');
  g.op('Neg', [g.sum(times(p, ln_q), { columns: true })], 'H');
  const q = times(g.op('Exp', [ln_q]), g.sum(p, { columns: true }));
  times(g.placeholder('dH'), minus(q, p), 'dlogits');
  return g;
}
