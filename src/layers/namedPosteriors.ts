/** What a layer shows of its weights where each tensor of them has a name: the family's layers, and the wrapper of any other. */
import type { Place } from './bayesian';
import {
  posteriorOf,
  priorOf,
  setPosteriorOf,
  setPriorOf,
  type PosteriorByName,
  type PosteriorLikeByName,
} from './posteriorByName';
import type { PriorOption } from './tensorPrior';
import type { VariationalLayer } from './variationalLayer';

export interface NamedPosteriors {
  /**
   * The posterior over each tensor of weights, fresh tensors in natural units: they are the caller's to dispose of.
   *
   * @throws if the layer is not built.
   *
   * @example
   * const layer = layers.dense({ units: 2, initialStddev: 0.1 });
   * layer.build([null, 3]);
   * const { kernel, bias } = layer.posterior();
   * bias.stddev.print(); // [0.1, 0.1]
   */
  posterior(): PosteriorByName;
  /**
   * Sets the posteriors that are named: means, and stddevs above 0, of the weights' shape. Values are copied.
   *
   * @throws if the layer is not built, a name is unknown, or values do not fit; nothing is changed then.
   *
   * @example
   * const layer = layers.dense({ units: 2 });
   * layer.build([null, 3]);
   * layer.setPosterior({ bias: { mean: [1, 2], stddev: [0.1, 0.1] } });
   */
  setPosterior(posterior: PosteriorLikeByName): void;
  /**
   * The prior of each tensor of weights, fresh tensors of its shape.
   *
   * @example
   * const layer = layers.dense({ units: 2, prior: 0.5 });
   * layer.build([null, 3]);
   * layer.prior().bias.stddev.print(); // [0.5, 0.5]
   */
  prior(): PosteriorByName;
  /**
   * Changes the priors that are named: numbers where they were numbers, else arrays or numbers.
   *
   * @throws as `setPosterior` does, and where arrays come for what was a number.
   *
   * @example
   * const layer = layers.dense({ units: 2 });
   * layer.build([null, 3]);
   * layer.setPrior({ kernel: 0.5, bias: { mean: 1, stddev: 2 } });
   */
  setPrior(priors: Record<string, PriorOption>): void;
  /** @internal */
  remarks(place: Place): string[];
}

// TypeScript takes a class for one that others mix in by just these arguments.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Abstract<T> = abstract new (...args: any[]) => T;

/** Mixed in, since the layers that have it come from different classes, and HiddenLayer, which goes by Pyro's names, from one of them. */
export function withNamedPosteriors<Base extends Abstract<VariationalLayer>>(
  base: Base,
): Base & Abstract<NamedPosteriors> {
  abstract class Named extends base implements NamedPosteriors {
    posterior(): PosteriorByName {
      return posteriorOf(this.gaussians());
    }

    setPosterior(posterior: PosteriorLikeByName): void {
      setPosteriorOf(this.name, this.gaussians(), posterior);
    }

    prior(): PosteriorByName {
      return priorOf(this.gaussians());
    }

    setPrior(priors: Record<string, PriorOption>): void {
      setPriorOf(this.name, this.gaussians(), priors);
    }

    remarks(_: Place): string[] {
      return [];
    }
  }
  return Named;
}
