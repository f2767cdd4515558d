/** npm run playground: builds the page, says how large it is, and serves it on this machine alone. */
import { fileURLToPath } from 'node:url';
import { parsed, UsageError, wholeNumber } from '../commandLine';
import { buildPage, servePage } from '../web/builtPage';
import { transferSize } from './transferSize';

const HELP = `npm run playground -- [options]

Builds the page on which a Bayesian net learns from points that you place, and serves it on 127.0.0.1.

  --out folder      where the page is built (default examples/playground/dist)
  --port n          default 4174, or the next one that is free; 0: any
  --build           only build: static files, which any server can serve from any folder
  --help            this text`;

const here = fileURLToPath(new URL('.', import.meta.url));

async function main(): Promise<void> {
  const given = parsed(process.argv.slice(2), {
    out: { type: 'string' },
    port: { type: 'string' },
    build: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (given.help === true) {
    console.log(HELP);
    return;
  }
  const port = wholeNumber('--port', given.port, 4174, 0, 65535);
  const out = await buildPage(here, given.out);
  const { page, tensorFlow } = transferSize(out);
  console.log(`Transferred, gzip: ${kB(page)} for the page, ${kB(tensorFlow)} for TensorFlow.js.`);
  if (given.build === true) return;
  await servePage(here, out, port);
}

const kB = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

main().catch((error: unknown) => {
  console.error(`playground: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
