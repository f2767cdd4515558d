/**
 * `npm run regression`: the mass of a penguin from the length of its flipper, with a band that knows where there are none.
 *
 * The ways to end: 0 when all is written, 2 for a wrong option, 130 after Ctrl-C, 1 otherwise.
 */
import { startBackend } from '../backend';
import { runMain } from '../commandLine';
import { HELP, parseOptions } from './options';
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

await runMain('regression', main);
