/** A page with the suite on it, served to this machine alone. */
import { build } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { onLoopback, type Site } from '../../scripts/loopback';

/** Bundles the suite and serves it on 127.0.0.1, with the binaries of the wasm backend beside it. */
export async function serveSuite(): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, 'page.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  });
  const script = outputFiles[0]!.contents;
  const binaries = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');

  const server = createServer((request, response) => {
    const send = (type: string, body: Uint8Array | string): void => {
      response.writeHead(200, { 'content-type': type }).end(body);
    };
    const url = request.url ?? '/';
    if (url === '/') send('text/html', '<!doctype html><script type="module" src="/suite.js"></script>');
    else if (url === '/suite.js') send('text/javascript', script);
    else if (/^\/wasm\/[\w-]+\.wasm$/.test(url))
      readFile(join(binaries, basename(url))).then(
        (binary) => send('application/wasm', binary),
        () => response.writeHead(404).end(),
      );
    else response.writeHead(404).end();
  });
  return onLoopback(server);
}
