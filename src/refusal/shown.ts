/** How a refusal shows what a caller has handed over: briefly, whatever it is. */
import * as tf from '@tensorflow/tfjs';

/** So many letters at most. */
const LONGEST = 160;
/** So many entries of a list are shown, and lists in lists so deep. */
const [ENTRIES, LEVELS] = [6, 3];

/** A short, readable form of anything. It never throws: a getter, a proxy or a list that holds itself may be given. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = described(value, LEVELS);
  } catch {
    text = 'an object that cannot be read';
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

/** `[784, 400]`, with `?` for an axis whose length is not known yet. */
export function shownShape(shape: ReadonlyArray<number | null>): string {
  return `[${shape.map((n) => n ?? '?').join(', ')}]`;
}

/** Is it a tensor, of whichever copy of TensorFlow.js? */
export function isTensor(value: unknown): value is tf.Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dataId' in value &&
    'dtype' in value &&
    Array.isArray((value as Partial<tf.Tensor>).shape)
  );
}

/** Is it the place of a tensor in a model, of whichever copy of TensorFlow.js? */
export function isSymbolic(value: unknown): value is tf.SymbolicTensor {
  return typeof value === 'object' && value !== null && 'sourceLayer' in value && 'nodeIndex' in value;
}

function described(value: unknown, levels: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (isTensor(value))
    return `a ${value.isDisposed ? 'disposed ' : ''}${value.dtype} tensor of shape ${shownShape(value.shape)}`;
  if (isSymbolic(value)) {
    const origin = value instanceof tf.SymbolicTensor ? '' : ' of another copy of TensorFlow.js';
    return `a symbolic tensor of shape ${shownShape(value.shape)}${origin}`;
  }
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value)) return list(value, levels);
  const { getClassName, then } = value as { getClassName?: unknown; then?: unknown };
  if (typeof getClassName === 'function') return `a ${String(getClassName.call(value))}`;
  if (typeof then === 'function') return 'a Promise';
  const keys = Object.keys(value);
  return `{${keys.length > 20 ? `${keys.slice(0, ENTRIES).join(', ')}, … ${keys.length} in all` : keys.join(', ')}}`;
}

function list(values: readonly unknown[], levels: number): string {
  if (levels === 0) return '[…]';
  const inside = values.slice(0, ENTRIES).map((value) => described(value, levels - 1));
  if (values.length > ENTRIES) inside.push(`… ${values.length} in all`);
  return `[${inside.join(', ')}]`;
}
