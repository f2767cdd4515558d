/**
 * Sees to it that `@tensorflow/tfjs-node` can be imported: leaves an installed one alone, else takes the one
 * built earlier out of the cache, else builds it. The cache lies outside node_modules, all of which `npm ci`
 * removes.
 */
import { constants, copyFile, cp, link } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { buildNative } from './native/build';
import { prepareNative } from '../entries/prepareNative';
import type { NativeState } from './loadNative';
import { missingTools, thisPlatform, unsupported, type Platform } from './native/needs';
import {
  hasBinding,
  isComplete,
  libraries,
  libraryFolder,
  tensorflowVersion,
  tfjsNodeVersion,
} from './native/package';
import { inScratch, moveInto } from './native/scratch';

export interface EnsureNativeOptions {
  /** Gets every line of progress. */
  log: (line: string) => void;
  /** A folder from which tfjs can be imported: the project it is for. @defaultValue the current folder */
  project?: string;
  /** Where the built package is kept. @defaultValue `$XDG_CACHE_HOME/tfjs-bnn`, or `~/.cache/tfjs-bnn` */
  cache?: string;
  /** @defaultValue the one this process runs on */
  platform?: Platform;
}

/** Installs the native backend where it is missing. Never throws: the reason says what is in the way. */
export async function ensureNative(options: EnsureNativeOptions): Promise<NativeState> {
  const { log, project = process.cwd(), cache = cacheFolder(), platform = thisPlatform() } = options;
  // Done here too, so that jest's global setup, by calling this, silences TensorFlow in the workers.
  prepareNative();
  try {
    const target = tfjsNodeFolder(project);
    if (hasBinding(target)) return { ok: true, reason: '@tensorflow/tfjs-node is installed' };

    const elsewhere = unsupported(platform);
    if (elsewhere !== undefined) return { ok: false, reason: elsewhere };
    const built = join(cache, `tfjs-node-${tfjsNodeVersion}-tensorflow-${tensorflowVersion}-linux-x64`);
    if (!(await isComplete(built))) {
      const missing = missingTools();
      if (missing !== undefined) return { ok: false, reason: missing };
      log(
        'The native backend is not installed: building it out of npm and PyPI packages. ' +
          'This fetches 186 MB, once, and takes about a minute; --backend wasm goes without it.',
      );
      await inScratch(cache, async (work) => moveInto(built, await buildNative(work, log), work, isComplete));
    }
    await install(built, target);
    log(`Installed @tensorflow/tfjs-node; what the next npm ci needs, 570 MB, stays in ${cache}.`);
    return { ok: true, reason: '@tensorflow/tfjs-node has been installed' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: `@tensorflow/tfjs-node could not be installed: ${message}` };
  }
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME: base = '' } = process.env;
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'tfjs-bnn');
}

/** Beside the project's tfjs, from where tfjs-node resolves that very copy. */
function tfjsNodeFolder(project: string): string {
  try {
    const tfjs = createRequire(join(project, 'package.json')).resolve('@tensorflow/tfjs/package.json');
    return join(dirname(tfjs), '..', 'tfjs-node');
  } catch {
    throw new Error(`@tensorflow/tfjs is not installed in ${project}; run npm ci first`);
  }
}

async function install(built: string, target: string): Promise<void> {
  await inScratch(dirname(target), async (work) => {
    // Real files, not a link to the folder: Node resolves what a package imports from its real place, and in
    // the cache there is no tfjs. Only the two libraries, 560 MB that nothing writes to, share their blocks.
    const fresh = join(work, 'package');
    await cp(built, fresh, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !(basename(source) in libraries),
    });
    for (const name of Object.keys(libraries)) {
      const [from, to] = [join(built, libraryFolder, name), join(fresh, libraryFolder, name)];
      // A hard link cannot reach another file system.
      await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
    }
    await moveInto(target, fresh, work, hasBinding);
  });
}
