/**
 * `npm run native`: the native backend by hand. `npm start` and `npm test` call `ensureNative` by themselves.
 */
import { ensureNative } from './ensureNative';
import { loadNative } from './loadNative';

const help = `npm run native -- [--check | --help]

Installs the native backend, @tensorflow/tfjs-node, where its own installation could not: builds it from
tfjs-node 4.22.0 (npm) and TensorFlow's C library (PyPI, tensorflow-cpu 2.13.1), for Linux x64.
Needs python3 with pip, and g++. Fetches 186 MB, once, and keeps the result in $XDG_CACHE_HOME/tfjs-bnn or
~/.cache/tfjs-bnn, from where it is there again in seconds after an \`npm ci\`. Whatever is installed already
stays as it is.

  --check   says in one line whether the native backend can be used; exit code 0 or 1; fetches nothing
  --help    this text`;

async function main(args: string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== '--check' && arg !== '--help');
  if (unknown !== undefined) {
    console.error(`native: there is no option ${unknown}; the options are --check and --help`);
    return 2;
  }
  if (args.includes('--help')) {
    console.log(help);
    return 0;
  }
  const start = performance.now();
  const log = (line: string) => console.log(`native: ${line}`);
  const ensured = args.includes('--check') ? undefined : await ensureNative({ log });
  const state = ensured?.ok === false ? ensured : await loadNative();
  const seconds = ensured === undefined ? '' : ` (${((performance.now() - start) / 1000).toFixed(1)} s)`;
  if (state.ok) log(`usable: ${state.reason}${seconds}`);
  else console.error(`native: not usable: ${state.reason}${seconds}`);
  return state.ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
