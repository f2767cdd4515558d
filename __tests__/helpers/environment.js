/**
 * The Node environment of jest, with the typed arrays of the outer realm and without the greeting of TensorFlow.js.
 *
 * A native addon makes its typed arrays in the outer realm. In the sandbox they are then not `instanceof Float32Array`, and
 * `model.save` refuses them ("Unsupported TypedArray subtype"). So the sandbox gets the outer classes.
 *
 * The cpu backend, in Node, recommends the native one with the first tensor of every test file. That message, and no
 * other, is dropped.
 *
 * `Math.random` is seeded by the name of the test: what has no seed of its own (a layer that is asked for none, the order
 * of `fit`) is then the same in every run, and a test that passes only mostly is found once and not now and then.
 * TEST_SEED=n gives every test other numbers.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import process from 'node:process';
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

/** Numbers in [0, 1) that follow from a name: 48 bits of the SHA-256 of name and count. */
function randomOf(name) {
  const seed = process.env.TEST_SEED ?? '';
  let count = 0;
  return () => createHash('sha256').update(`${seed}/${name}/${count++}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

export default class TestsOfTensors extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.path = path.relative(config.globalConfig.rootDir, context.testPath);
  }

  async setup() {
    await super.setup();
    for (const shared of SHARED) this.global[shared.name] = shared;
    this.global.Math.random = randomOf(this.path);
    const { console } = this.global;
    const warn = console.warn.bind(console);
    console.warn = (...message) => {
      if (!GREETING.test(message[0])) warn(...message);
    };
  }

  handleTestEvent({ name, test }) {
    if (name === 'test_start')
      this.global.Math.random = randomOf(`${this.path}/${test.parent.name}/${test.name}`);
  }
}
