/**
 * `tfjs-bnn/node`: makes TensorFlow's native backend the one of this process.
 *
 *     import 'tfjs-bnn/node'; // before everything that computes
 *
 * It loads `@tensorflow/tfjs-node-gpu` or else `@tensorflow/tfjs-node`, whichever is installed, and says which.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { prepareNative } from './prepareNative';

/** Which native backend was loaded. */
export interface Native {
  name: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';
  version: string;
}

const CANDIDATES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** @throws if none of the two loads, with the reason for each. */
function load(): Native {
  prepareNative();
  const reasons: string[] = [];
  for (const name of CANDIDATES)
    try {
      const { version } = requireFromHere(name) as { version: Record<string, string> };
      return { name, version: version['tfjs-node'] ?? version.tfjs ?? '' };
    } catch (error) {
      reasons.push(`${name} ${reason(error, name)}`);
    }
  throw new Error(
    `tfjs-bnn/node: TensorFlow's native backend must be installed, got none: ${reasons.join('; ')}; ` +
      "npm install @tensorflow/tfjs-node, or leave out this import and call tf.setBackend('wasm')",
  );
}

/** Beside this package, as an import would find it, or, where this package is linked, beside the program. */
function requireFromHere(name: string): unknown {
  const here = createRequire(import.meta.url);
  const program = createRequire(join(process.cwd(), 'package.json'));
  const from = [here, program].find((require) => isFound(require, name)) ?? here;
  return from(name);
}

function isFound(require: NodeJS.Require, name: string): boolean {
  try {
    return require.resolve(name) !== '';
  } catch {
    return false;
  }
}

function reason(error: unknown, name: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes(`Cannot find module '${name}'`)) return 'is not installed';
  // With three paths and a recipe for another case.
  if (message.includes('native addon module'))
    return 'is installed without its binding (npm rebuild builds it)';
  return `does not load: ${message.split('\n', 1)[0]!}`;
}

/**
 * What this process computes with: the name and version of the package that was loaded.
 *
 * @throws when it is imported, if neither package is installed and loads, with the reason for each.
 *
 * @example
 * import { native } from 'tfjs-bnn/node'; // before everything that computes
 * console.log(native.name, native.version); // e.g. @tensorflow/tfjs-node 4.22.0
 */
export const native: Native = load();
