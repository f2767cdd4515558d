/** The gradients of convolutions against loops in double precision, on every backend, by every way there is. */
import * as tf from '@tensorflow/tfjs';
import {
  convFilterGradient,
  convInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from '../../src/numerics/convolutionGradients';
import { windowOf } from '../../src/numerics/convolutionWindow';
import { depthwiseTaps } from '../../src/numerics/depthwiseTaps';
import { filterConvolution, turnedConvolution, turnedDepthwise } from '../../src/numerics/turnedConvolution';
import { kernels } from '../../src/kernels/door';
import { convolutionLoops, padding, type Case } from '../helpers/convolutionLoops';
import { eachBackend } from '../helpers/eachBackend';
import { expectNoLeak } from '../helpers/leaks';
import { expectAllClose } from '../helpers/toBeAllClose';
import { withoutKernels } from '../helpers/withoutKernels';

/** Loops go by four and eight columns, four channels, and 256 positions. */
const CASES: Array<[string, Case]> = [
  ['one of everything', { x: [1, 1, 1, 1], filter: [1, 1, 1] }],
  ['a digit', { x: [2, 28, 28, 1], filter: [5, 5, 12] }],
  ['four channels', { x: [3, 9, 7, 4], filter: [3, 2, 5], pad: 'same' }],
  ['three channels, odd sizes', { x: [2, 11, 6, 3], filter: [2, 5, 7], pad: 'same' }],
  ['a series', { x: [2, 1, 300, 5], filter: [1, 4, 3], pad: 'same' }],
  ['one pixel at a time', { x: [3, 5, 4, 8], filter: [1, 1, 9] }],
  ['a column', { x: [2, 40, 1, 6], filter: [7, 1, 2], pad: 'same' }],
  ['strides', { x: [2, 10, 13, 4], filter: [3, 3, 6], strides: [2, 2], pad: 'same' }],
  ['unequal strides', { x: [2, 10, 13, 3], filter: [3, 4, 2], strides: [3, 1] }],
  ['strides across', { x: [1, 5, 11, 2], filter: [2, 5, 3], strides: [1, 3], pad: 'same' }],
  ['strides beyond the filter', { x: [2, 9, 10, 2], filter: [1, 2, 3], strides: [3, 4] }],
  ['strides that leave a rest', { x: [1, 8, 9, 12], filter: [3, 3, 4], strides: [3, 2] }],
  ['dilations', { x: [2, 9, 12, 3], filter: [3, 2, 5], dilations: [2, 3], pad: 'same' }],
  ['dilations, valid', { x: [2, 9, 12, 4], filter: [3, 2, 5], dilations: [3, 2] }],
];
/** The native backend refuses these paddings in the forward pass already. */
const PADDINGS: Array<[string, Case]> = [
  ['a number', { x: [2, 6, 6, 3], filter: [3, 3, 4], pad: 2 }],
  ['a number and strides', { x: [2, 7, 7, 3], filter: [3, 3, 4], strides: [2, 2], pad: 1 }],
  ['more than the filter', { x: [1, 3, 3, 2], filter: [1, 1, 2], pad: 2 }],
  ['each side its own', { x: [2, 5, 8, 4], filter: [3, 2, 3], pad: [[2, 0], [1, 3]] }], // prettier-ignore
  ['sides and strides', { x: [2, 5, 8, 3], filter: [4, 3, 5], strides: [3, 2], pad: [[3, 4], [0, 5]] }], // prettier-ignore
  ['windows that miss the input', { x: [1, 1, 1, 2], filter: [2, 2, 2], strides: [4, 4], pad: [[2, 1], [2, 1]] }], // prettier-ignore
];
const TOLERANCE = { rtol: 1e-5, atol: 2e-5 };

eachBackend('the gradients of a convolution', (backend) => {
  const cases = backend === 'tensorflow' ? CASES : [...CASES, ...PADDINGS];

  test.each(cases)('in filter and input: %s', (_, the) => {
    tf.tidy(() => {
      const { x, w, dz, z, dx, dw } = convolutionLoops(the);
      const options = {
        strides: the.strides ?? 1,
        pad: padding(the),
        dilations: the.dilations ?? 1,
      } as const;
      expectAllClose(tf.conv2d(x, w, options.strides, options.pad, 'NHWC', options.dilations), z, TOLERANCE);
      const window = windowOf(x.shape, w.shape, dz, options);
      expectAllClose(filterConvolution(x, dz, window), dw, TOLERANCE);
      expectAllClose(turnedConvolution(dz, w, window), dx, TOLERANCE);
      expectAllClose(convFilterGradient(x, dz, w.shape, options), dw, TOLERANCE);
      expectAllClose(convInputGradient(x.shape, dz, w, options), dx, TOLERANCE);
      withoutKernels(() => {
        expectAllClose(convFilterGradient(x, dz, w.shape, options), dw, TOLERANCE);
        expectAllClose(convInputGradient(x.shape, dz, w, options), dx, TOLERANCE);
      });
    });
  });

  // TensorFlow's own knows one stride for both axes, and no dilations.
  const depthwise = cases.filter(
    ([, { strides, dilations }]) => backend !== 'tensorflow' || (strides?.[0] === strides?.[1] && !dilations),
  );
  test.each(depthwise)('depthwise, in filter and input: %s', (_, the) => {
    tf.tidy(() => {
      const { x, w, dz, z, dx, dw } = convolutionLoops(the, true);
      const options = {
        strides: the.strides ?? 1,
        pad: padding(the),
        dilations: the.dilations ?? 1,
      } as const;
      const forward = tf.depthwiseConv2d(x, w, options.strides, options.pad, 'NHWC', options.dilations);
      expectAllClose(forward, z, TOLERANCE);
      const window = windowOf(x.shape, w.shape, dz, options, true);
      expectAllClose(depthwiseTaps(x, dz, window), dw, TOLERANCE);
      expectAllClose(depthwiseFilterGradient(x, dz, w.shape, options), dw, TOLERANCE);
      const plain = withoutKernels(() => depthwiseFilterGradient(x, dz, w.shape, options));
      expectAllClose(plain, dw, TOLERANCE);
      expectAllClose(turnedDepthwise(dz, w, window), dx, TOLERANCE);
      expectAllClose(depthwiseInputGradient(x.shape, dz, w, options), dx, TOLERANCE);
    });
  });

  test('a gradient of another shape than the output is refused', () => {
    const [x, dz] = [tf.zeros([1, 4, 4, 1]), tf.zeros([1, 4, 4, 1])] as [tf.Tensor4D, tf.Tensor4D];
    const options = { strides: 1, pad: 'valid' } as const;
    expect(() => convFilterGradient(x, dz, [3, 3, 1, 1], options)).toThrow(/Shapes 1,4,4,1 and 1,2,2,1/);
    tf.dispose([x, dz]);
  });

  test.each([false, true])('nothing is left behind (depthwise: %s)', (isDepthwise) => {
    const the: Case = { x: [2, 6, 7, 3], filter: [3, 3, 2], strides: [2, 2], pad: 'same' };
    const { x, w, dz, ...rest } = convolutionLoops(the, isDepthwise);
    tf.dispose(rest);
    const options = { strides: 2, pad: 'same' } as const;
    const inFilter = isDepthwise ? depthwiseFilterGradient : convFilterGradient;
    const inInput = isDepthwise ? depthwiseInputGradient : convInputGradient;
    const pass = (): void =>
      expectNoLeak(() => {
        tf.dispose([inFilter(x, dz, w.shape, options), inInput(x.shape, dz, w, options)]);
      });
    pass();
    withoutKernels(pass);
    tf.dispose([x, w, dz]);
  });

  test('the kernels are there', () => {
    const simd = backend === 'tensorflow' ? 'undefined' : 'function';
    expect(typeof kernels().convFilterGradient).toBe(simd);
    expect(typeof kernels().depthwiseFilterGradient).toBe(simd);
    expect(typeof kernels().convInputGradient).toBe(backend === 'wasm' ? 'function' : 'undefined');
  });
});
