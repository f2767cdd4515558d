/** What a reader of the page should know of the nets that it shows: about.json, beside them. */
import type { Options } from './options';

export interface About {
  /** One sentence. */
  nets: string;
}

export function aboutOf(
  { units, epochs, seed, klWeight, full }: Pick<Options, 'units' | 'epochs' | 'seed' | 'klWeight' | 'full'>,
  datasetSize: number,
  early: boolean,
): About {
  const digits = datasetSize.toLocaleString('en');
  const howLong = early ? 'stopped early' : `${epochs} epochs${full ? '' : ', a quick run'}`;
  return {
    nets:
      `784-${units}-${units}-10, trained on ${digits} digits (${howLong}, seed ${seed}). ` +
      `Bayesian in all layers, KL weight ${klWeight}; the plain net has L2.`,
  };
}
