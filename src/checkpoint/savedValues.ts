/** The numbers of saved tensors, which lie one behind the other. */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';

export type Spec = tf.io.WeightsManifestEntry;

export interface Values {
  spec: Spec;
  values: Float32Array | Int32Array | Uint8Array;
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** @throws if specs and data do not agree. */
export function checkedValues(who: string, specs: unknown, data: tf.io.WeightData | undefined): Values[] {
  if (!Array.isArray(specs)) return refuse(who, 'the specs of its weights are needed', shown(specs));
  const bytes = tf.io.CompositeArrayBuffer.join(data);
  let at = 0;
  const all = specs.map((spec: Spec): Values => {
    checkSpec(who, spec);
    const length = tf.util.sizeFromShape(spec.shape);
    const { BYTES_PER_ELEMENT } = ARRAYS[spec.dtype as keyof typeof ARRAYS];
    // A copy: behind booleans nothing is aligned, and the cpu backend keeps the array that it is given.
    const own = bytes.slice(at, (at += length * BYTES_PER_ELEMENT));
    if (at > bytes.byteLength) tooShort(who, spec, bytes.byteLength);
    return { spec, values: new ARRAYS[spec.dtype as keyof typeof ARRAYS](own) };
  });
  if (at !== bytes.byteLength)
    refuse(who, `its weights must be ${at} bytes, as their specs say`, `${bytes.byteLength}`);
  return all;
}

/** The first value that is NaN or infinite, in words. */
export function notFinite(all: readonly Values[]): string | undefined {
  for (const { spec, values } of all)
    for (const v of values) if (!Number.isFinite(v)) return `a value of ${v} in ${spec.name}`;
  return undefined;
}

function checkSpec(who: string, spec: Spec | null): void {
  const shape: unknown = spec?.shape;
  const isShape = Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof spec?.name !== 'string' || !isShape || !Object.hasOwn(ARRAYS, spec.dtype))
    refuse(
      who,
      'a weight is saved with its name, its shape, and a dtype of float32, int32 or bool',
      shown(spec),
    );
}

function tooShort(who: string, { name }: Spec, bytes: number): never {
  return refuse(who, `its weights must reach to the end of ${name}`, `${bytes} bytes`);
}
