/** What a reader of the table has to know: which objective was trained, and whether the training had come to rest. */

export interface Posterior {
  /** The KL weight T. */
  klWeight: number;
  /** KL of the posterior from the prior, nats. */
  kl: number;
  /** Number of training examples, N. */
  datasetSize: number;
  /** Mean change of the log-scales in the last epoch, and the mean distance that they still have. */
  change: number;
  distance: number;
}

/** Below it the scales are called at rest: the noise in the estimate alone comes to a tenth. */
const AT_REST = 0.2;

export function remarks({ klWeight: T, kl, datasetSize: N, change, distance }: Posterior): string[] {
  return [
    objective(T),
    `KL of the posterior from the prior: ${kl.toFixed(0)} nats, ${(kl / N).toFixed(2)} for each of ${N} digits.`,
    rest(change, distance),
  ];
}

function objective(T: number): string {
  if (T === 1) return 'T = 1: the loss is the true negative ELBO.';
  if (T === 0) return 'T = 0: the loss has no KL in it, so that nothing holds the posterior to its prior.';
  const why =
    T < 1
      ? 'with far more weights than digits a factorised posterior underfits at the true ELBO (arXiv:2002.02405)'
      : 'more than the ELBO asks for';
  return `T = ${T}: the loss is nll + T · KL/N, a tempered ELBO and not the true one: ${why}; --kl-weight 1 is true.`;
}

function rest(change: number, distance: number): string {
  const moved = `Scales: ln A_scale moved by ${change.toFixed(2)} in the last epoch`;
  if (!Number.isFinite(distance)) return `${moved}; without a KL there is no place where it would rest.`;
  const verdict =
    distance < AT_REST ? 'at rest' : 'a run cut short is not yet the posterior, more epochs bring it nearer';
  return `${moved} and is about ${distance.toFixed(2)} away from rest: ${verdict}.`;
}
