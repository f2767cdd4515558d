/**
 * `npm start`: a Bayesian net learns handwritten digits, beside a plain one of the same size, and shows what it knows.
 *
 * The command line and the ways to end: 0 when all is written, 2 for a wrong option, 130 after Ctrl-C, 1 otherwise.
 */
import { startBackend } from '../backend';
import { HELP, parseOptions, UsageError } from './options';
import { run } from './run';

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const interrupt = new AbortController();
  // Once: a second Ctrl-C ends the program where it stands.
  process.once('SIGINT', () => {
    interrupt.abort();
    console.log('\nStopping after this step; Ctrl-C again ends it at once.');
  });
  console.log(`Backend: ${await startBackend(options.backend, console.log)}.`);
  await run(options, interrupt.signal, process.stdout);
  return interrupt.signal.aborted ? 130 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  console.error(`digits: ${message}${usage ? '; --help lists the options' : ''}`);
  process.exitCode = usage ? 2 : 1;
}
