/** A page is built into static files, and served on this machine alone. */
import { join, resolve } from 'node:path';

const settings = (page: string) =>
  ({
    configFile: join(page, 'vite.config.ts'),
    // It imports TypeScript.
    configLoader: 'runner',
    logLevel: 'warn',
  }) as const;

/** @param page the folder that has its vite.config.ts @param given where to; beside it unless it is said @returns where */
export async function buildPage(page: string, given: string | undefined): Promise<string> {
  // Not before it is needed: a mistake in the command line is then said at once.
  const { build } = await import('vite');
  const outDir = resolve(given ?? join(page, 'dist'));
  // A folder of somebody else's is not emptied.
  await build({ ...settings(page), build: { outDir, emptyOutDir: given === undefined } });
  return outDir;
}

export async function servePage(page: string, outDir: string, port: number): Promise<void> {
  const { preview } = await import('vite');
  const server = await preview({
    ...settings(page),
    build: { outDir },
    preview: { host: '127.0.0.1', port, strictPort: false },
  });
  console.log(`The page: ${server.resolvedUrls!.local[0]}  (Ctrl-C ends it)`);
}
