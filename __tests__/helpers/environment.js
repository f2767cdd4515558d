/**
 * The Node environment of jest, with the typed arrays of the outer realm and without the greeting of TensorFlow.js.
 *
 * A native addon makes its typed arrays in the outer realm. In the sandbox they are then not `instanceof Float32Array`, and
 * `model.save` refuses them ("Unsupported TypedArray subtype"). So the sandbox gets the outer classes.
 *
 * The cpu backend, in Node, recommends the native one with the first tensor of every test file. That message, and no
 * other, is dropped.
 */
import { TestEnvironment } from 'jest-environment-node';

const SHARED = [
  ArrayBuffer,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
];

const GREETING = /^\s*=+\s*Hi, looks like you are running TensorFlow\.js in Node\.js\./;

export default class OuterTypedArrays extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const shared of SHARED) this.global[shared.name] = shared;
    const { console } = this.global;
    const warn = console.warn.bind(console);
    console.warn = (...message) => {
      if (!GREETING.test(message[0])) warn(...message);
    };
  }
}
