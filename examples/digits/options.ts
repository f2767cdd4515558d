/** The command line of the example: its options, their defaults in a quick and in a full run, and what is refused. */
import type { BackendName } from '../backend';
import { backendName, folder, number, parsed, UsageError, wholeNumber } from '../commandLine';

export { UsageError };

export interface Options {
  /** Does it run in full, or quick? */
  full: boolean;
  /** The KL weight T of the net whose layers are all Bayesian: 1 is the ELBO, below it a tempered posterior. */
  klWeight: number;
  epochs: number;
  /** Draws that the predictive averages. */
  samples: number;
  seed: number;
  /** Units of each of the two hidden layers. */
  units: number;
  /** Number of digits to take; four fifths of them are trained on. */
  examples: number;
  /** Without one: the native backend where it can be had, else wasm. */
  backend: BackendName | undefined;
  /** The folder that is written. */
  out: string;
}

/** What quick and full differ in. */
export const QUICK = { epochs: 10, samples: 20 };
export const FULL = { epochs: 30, samples: 50 };

export const HELP = `npm start -- [options]

Trains three nets of the same size on 8,000 handwritten digits and tests them on 2,000 others: a plain one, one whose last
layer is Bayesian, one whose layers all are.

  --quick           ${QUICK.epochs} epochs and ${QUICK.samples} samples, a minute on the native backend; the default
  --full            ${FULL.epochs} epochs and ${FULL.samples} samples, some minutes
  --kl-weight T     weight of the KL where all layers are Bayesian: 1 is the true ELBO, below 1 is a tempered posterior
                    (default 0.05); the Bayesian last layer always has the true ELBO
  --epochs n        passes through the training digits
  --samples n       draws that the predictive distribution averages
  --units n         units of each of the two hidden layers (default 400)
  --seed n          determines the split, the initial weights, the order and the noise (default 0)
  --backend name    native, wasm or cpu (default: native if it is available, else wasm)
  --out folder      where the models and the figure go (default out/digits)
  --help            this text

Ctrl-C stops the training, writes what there is and ends with exit code 130.`;

/** @returns the options, or 'help' where that is asked for. @throws UsageError */
export function parseOptions(args: string[]): Options | 'help' {
  const given = parsed(args, OPTIONS);
  if (given.help === true) return 'help';
  if (given.quick === true && given.full === true)
    throw new UsageError('--quick and --full exclude each other');
  const defaults = given.full === true ? FULL : QUICK;
  return {
    full: given.full === true,
    klWeight: number('--kl-weight', given['kl-weight'], 0.05, (v) => v >= 0, 'a number of at least 0'),
    epochs: wholeNumber('--epochs', given.epochs, defaults.epochs),
    samples: wholeNumber('--samples', given.samples, defaults.samples),
    seed: wholeNumber('--seed', given.seed, 0, 0, 2 ** 32 - 1),
    units: wholeNumber('--units', given.units, 400),
    examples: wholeNumber('--examples', given.examples, 10_000, 100, 10_000),
    backend: backendName(given.backend),
    out: folder(given.out ?? 'out/digits'),
  };
}

const OPTIONS = {
  quick: { type: 'boolean' },
  full: { type: 'boolean' },
  'kl-weight': { type: 'string' },
  epochs: { type: 'string' },
  samples: { type: 'string' },
  units: { type: 'string' },
  // For the tests, which have no minute to lose; not in the help.
  examples: { type: 'string' },
  seed: { type: 'string' },
  backend: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean' },
} as const;
