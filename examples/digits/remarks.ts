/** What a reader of the table has to know of a Bayesian net: which objective it was trained on, and its KL. */

export interface Posterior {
  /** As the table calls the net. */
  name: string;
  /** The KL weight T. */
  klWeight: number;
  /** KL of the posterior from the prior, nats. */
  kl: number;
  /** Number of training examples, N. */
  datasetSize: number;
}

export function remark({ name, klWeight, kl, datasetSize: N }: Posterior): string {
  const nats = `KL of the posterior from the prior ${kl.toFixed(0)} nats, ${(kl / N).toFixed(2)} for each of ${N} digits`;
  return `${name}: ${objective(klWeight)}; ${nats}.`;
}

function objective(T: number): string {
  if (T === 1) return 'T = 1, the loss is the true negative ELBO';
  if (T === 0) return 'T = 0, the loss has no KL in it, so nothing keeps the posterior near its prior';
  const why =
    T < 1
      ? 'with far more weights than digits a factorised posterior underfits at the true ELBO (arXiv:2002.02405)'
      : 'more than the ELBO asks for';
  return `T = ${T}, the loss is nll + T · KL/N, a tempered ELBO and not the true one: ${why}; --kl-weight 1 gives the true one`;
}
