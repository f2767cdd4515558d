/** `@tensorflow/tfjs` for a program that only stores: a fraction of it, which is loaded in no time. */
import { ENGINE } from '@tensorflow/tfjs-core/dist/engine';
import { types } from 'node:util';

ENGINE.ENV.setPlatform('node', {
  fetch,
  now: () => performance.now(),
  encode: (text) => new TextEncoder().encode(text),
  decode: (bytes) => new TextDecoder().decode(bytes),
  isTypedArray: (value): value is Float32Array => types.isTypedArray(value),
});

export * as io from '@tensorflow/tfjs-core/dist/io/io';
export * as util from '@tensorflow/tfjs-core/dist/util';
