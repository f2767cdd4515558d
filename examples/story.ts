/**
 * How an example runs from the command line, and the ways to end: 0 when all is written, 2 for a wrong option, 130 after
 * Ctrl-C, 1 otherwise.
 */
import { startBackend, type BackendName } from './backend';
import { UsageError } from './commandLine';
import { interruptSignal } from './interrupt';

export interface Story<Options extends { backend: BackendName | undefined }> {
  name: string;
  help: string;
  parseOptions: (args: string[]) => Options | 'help';
  run: (options: Options, signal: AbortSignal, out: NodeJS.WriteStream) => Promise<unknown>;
}

export async function tell<Options extends { backend: BackendName | undefined }>(
  story: Story<Options>,
): Promise<void> {
  try {
    process.exitCode = await told(story);
  } catch (error) {
    const usage = error instanceof UsageError;
    const message = error instanceof Error ? error.message : String(error);
    console.error(`${story.name}: ${message}${usage ? '; --help lists the options' : ''}`);
    process.exitCode = usage ? 2 : 1;
  }
}

async function told<Options extends { backend: BackendName | undefined }>({
  help,
  parseOptions,
  run,
}: Story<Options>): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(help);
    return 0;
  }
  const signal = interruptSignal(() => {
    console.log('\nStopping after this step; Ctrl-C again ends it at once.');
  });
  console.log(`Backend: ${await startBackend(options.backend, console.log)}.`);
  await run(options, signal, process.stdout);
  return signal.aborted ? 130 : 0;
}
