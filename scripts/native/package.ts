/**
 * What a whole `@tensorflow/tfjs-node` consists of: versions, hashes, sizes and places. No file is written here.
 */
import { readFile, stat } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const tfjsNodeVersion = '4.22.0';

/** What `npm view @tensorflow/tfjs-node@4.22.0 dist.integrity` says. */
export const tfjsNodeIntegrity =
  'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==';

/** tfjs-node's own download is 2.9.1; the wheels before 2.12.1 do not hold the C library apart from Python. */
export const tensorflowVersion = '2.13.1';

/** Of tensorflow_cpu-2.13.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl, 186,594,601 bytes. */
export const wheelSha256 = '87be6e61314b2c0fa062f71e26e41d6a17e162ffe4da72c820fe8f1fc94d97fe';

/** The two libraries of that wheel and their sizes in bytes, which tell a whole copy from a torn one. */
export const libraries: Record<string, number> = {
  'libtensorflow_cc.so.2': 516_698_128,
  'libtensorflow_framework.so.2': 44_078_920,
};

/**
 * The names by which tfjs-node knows them: the first stops the download of its install script, the others are
 * what its own build links, so that `npm rebuild @tensorflow/tfjs-node` works on what is built here.
 */
export const aliases: Record<string, string> = {
  'libtensorflow.so.2.9.1': 'libtensorflow_cc.so.2',
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
};

export const libraryFolder = join('deps', 'lib');

/** On every Node since 12.22, since tfjs-node asks for Node-API 8 at most. */
export const addonFile = join('lib', 'napi-v8', 'tfjs_binding.node');

/** Whether `folder` holds tfjs-node with all that `buildNative` puts into it, in full size. */
export async function isComplete(folder: string): Promise<boolean> {
  try {
    for (const [name, bytes] of Object.entries(libraries)) {
      if ((await stat(join(folder, libraryFolder, name))).size !== bytes) return false;
    }
    await stat(join(folder, addonFile));
    await stat(join(folder, 'node_modules', '@mapbox', 'node-pre-gyp', 'package.json'));
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version?: string };
    return manifest.version === tfjsNodeVersion;
  } catch {
    return false;
  }
}

/** Whether `folder` holds a tfjs-node with its binding, built here or by its own install script. */
export function hasBinding(folder: string): boolean {
  const files = (...path: string[]) => {
    try {
      return readdirSync(join(folder, ...path));
    } catch {
      return [];
    }
  };
  const addons = files('lib').filter((version) => files('lib', version).includes('tfjs_binding.node'));
  return addons.length > 0 && files(libraryFolder).some((name) => name.includes('tensorflow'));
}
