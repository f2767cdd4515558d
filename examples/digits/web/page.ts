/**
 * npm run page: builds the page and serves it on this machine alone.
 *
 * It shows the nets that come with it, or those of the folder that --model names.
 */
import { cp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsed, UsageError, wholeNumber } from '../../commandLine';
import { buildPage, servePage } from '../../web/builtPage';

const HELP = `npm run page -- [options]

Builds the page that shows the nets of the digits example, and serves it on 127.0.0.1.

  --model folder    shows the nets that npm start wrote there, e.g. out/digits (default: those that come with the page)
  --out folder      where the page is built (default examples/digits/web/dist)
  --port n          default 4173, or the next one that is free; 0: any
  --build           only build
  --help            this text`;

const here = fileURLToPath(new URL('.', import.meta.url));

async function main(): Promise<void> {
  const { model, ...given } = parsed(process.argv.slice(2), {
    model: { type: 'string' },
    out: { type: 'string' },
    port: { type: 'string' },
    build: { type: 'boolean' },
    help: { type: 'boolean' },
  });
  if (given.help === true) {
    console.log(HELP);
    return;
  }
  const port = wholeNumber('--port', given.port, 4173, 0, 65535);
  if (model !== undefined && !holdsNets(model))
    throw new UsageError(
      `--model must be a folder with bayesian/model.json and plain/model.json, got ${model}`,
    );
  const out = await buildPage(here, given.out);
  if (model !== undefined) await putNets(model, join(out, 'model'));
  console.log(
    `The nets: ${model ?? 'those that come with the page; npm start trains others, --model out/digits shows them'}`,
  );
  if (given.build === true) return;
  await servePage(here, out, port);
}

function holdsNets(folder: string): boolean {
  return ['bayesian', 'plain'].every((net) => existsSync(join(folder, net, 'model.json')));
}

/** In the place of those that come with the page, file for file; test digits only where the training left some. */
async function putNets(from: string, to: string): Promise<void> {
  // What is said of other nets would not be true of these.
  await rm(join(to, 'about.json'), { force: true });
  for (const name of ['bayesian', 'plain', 'digits.json', 'about.json']) {
    if (!existsSync(join(from, name))) continue;
    await rm(join(to, name), { recursive: true, force: true });
    await cp(join(from, name), join(to, name), { recursive: true });
  }
}

main().catch((error: unknown) => {
  console.error(`page: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
