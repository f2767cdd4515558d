/** The command line of the example. */
import type { BackendName } from '../backend';
import { backendName, folder, parsed, wholeNumber } from '../commandLine';

export interface Options {
  epochs: number;
  /** Draws that the predictive averages. */
  samples: number;
  seed: number;
  /** Without one: the native backend where it can be had, else wasm. */
  backend: BackendName | undefined;
  /** The folder that is written. */
  out: string;
}

export const HELP = `npm run regression -- [options]

Trains a Bayesian net of HiddenLayers to predict the mass of a penguin from the length of its flipper, beside a plain net
with one fitted noise, and tests both on penguins that were held out.

  --epochs n        passes through the penguins (default 600)
  --samples n       draws that the predictive distribution averages (default 200)
  --seed n          determines the split, the initial weights and the noise (default 0)
  --backend name    native, wasm or cpu (default: native if it is available, else wasm)
  --out folder      where the figures go (default out/regression)
  --help            this text

Ctrl-C stops the training, writes what there is and ends with exit code 130.`;

/** @returns the options, or 'help' where that is asked for. @throws UsageError */
export function parseOptions(args: string[]): Options | 'help' {
  const given = parsed(args, {
    epochs: { type: 'string' },
    samples: { type: 'string' },
    seed: { type: 'string' },
    backend: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean' },
  });
  if (given.help === true) return 'help';
  return {
    epochs: wholeNumber('--epochs', given.epochs, 600),
    samples: wholeNumber('--samples', given.samples, 200, 2),
    seed: wholeNumber('--seed', given.seed, 0, 0, 2 ** 31 - 2),
    backend: backendName(given.backend),
    out: folder(given.out ?? 'out/regression'),
  };
}
