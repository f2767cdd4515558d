/**
 * `npm start`: a Bayesian net learns handwritten digits, beside a plain one of the same size, and shows what it knows.
 *
 * The command line and the ways to end: 0 when all is written, 2 for a wrong option, 130 after Ctrl-C, 1 otherwise.
 */
import { startBackend } from '../backend';
import { runMain } from '../commandLine';
import { interruptSignal } from '../interrupt';
import { HELP, parseOptions } from './options';
import { run } from './run';

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const signal = interruptSignal(() => {
    console.log('\nStopping after this step; Ctrl-C again ends it at once.');
  });
  console.log(`Backend: ${await startBackend(options.backend, console.log)}.`);
  await run(options, signal, process.stdout);
  return signal.aborted ? 130 : 0;
}

await runMain('digits', main);
