/**
 * The one place that loads TensorFlow's native backend, `@tensorflow/tfjs-node`.
 *
 * Examples, benchmarks and tests come here instead of importing the package, because it is optional (the
 * import may fail) and because it was written for older Nodes (see `prepareNative`).
 */
import { prepareNative } from '../entries/prepareNative';

/** Whether the native backend can be used, and in one line why, or why not. */
export interface NativeState {
  ok: boolean;
  reason: string;
}

/** A `string`, not a literal, so that TypeScript does not ask for the types of a package that may be absent. */
const tfjsNode = '@tensorflow/tfjs-node' as string;

/** Imports tfjs-node, which registers the backend `tensorflow`. Never throws: the reason says what is wrong. */
export async function loadNative(): Promise<NativeState> {
  prepareNative();
  try {
    const { version } = (await import(tfjsNode)) as { version: Record<string, string> };
    return { ok: true, reason: `${tfjsNode} ${version['tfjs-node'] ?? ''}`.trim() };
  } catch (error) {
    return { ok: false, reason: whyNot(error) };
  }
}

function whyNot(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/Cannot find (module|package) '@tensorflow\/tfjs-node'/.test(message))
    return `${tfjsNode} is not installed`;
  if (message.includes('native addon module')) return `${tfjsNode} is installed without its binding`;
  return `${tfjsNode} does not load: ${message.split('\n', 1)[0]}`;
}
