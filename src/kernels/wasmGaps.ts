/**
 * The gradients that TensorFlow.js' wasm backend has not, registered for it under their own names: of the filter of a
 * convolution, of both arguments of a depthwise one, of an embedding. So plain `tf.layers` nets of these train on wasm too.
 *
 * Registered where nothing is, when this package is loaded: a kernel of the backend's own that comes later takes the place.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { windowOf, type ConvolutionOptions, type Shape4D } from '../numerics/convolutionWindow';
import { depthwiseTaps } from '../numerics/depthwiseTaps';
import { segmentSum } from '../numerics/segmentSum';
import { filterConvolution, turnedDepthwise } from '../numerics/turnedConvolution';
import { kernels } from './door';

/** What the kernels are called with, by `tf.grad` and by hand. */
interface Convolution {
  x: tf.Tensor4D;
  dy: tf.Tensor4D;
  filter: tf.Tensor4D;
}
interface Attributes extends ConvolutionOptions {
  dataFormat?: string;
  inputShape: Shape4D;
  filterShape: Shape4D;
}

fill<Convolution, Attributes>('Conv2DBackpropFilter', ({ x, dy }, attributes) => {
  if (attributes.dataFormat === 'NCHW')
    refuse('Conv2DBackpropFilter on wasm', "dataFormat must be 'NHWC'", "'NCHW'");
  const window = windowOf(x.shape, attributes.filterShape, dy, { ...attributes, dilations: 1 });
  return (kernels().convFilterGradient ?? filterConvolution)(x, dy, window);
});

fill<Convolution, Attributes>('DepthwiseConv2dNativeBackpropFilter', ({ x, dy }, attributes) => {
  const window = windowOf(x.shape, attributes.filterShape, dy, attributes, true);
  return (kernels().depthwiseFilterGradient ?? depthwiseTaps)(x, dy, window);
});

fill<Convolution, Attributes>('DepthwiseConv2dNativeBackpropInput', ({ dy, filter }, attributes) =>
  turnedDepthwise(dy, filter, windowOf(attributes.inputShape, filter.shape, dy, attributes, true)),
);

fill<{ x: tf.Tensor; segmentIds: tf.Tensor }, { numSegments: number }>(
  'UnsortedSegmentSum',
  ({ x, segmentIds }, { numSegments }) => segmentSum(x, segmentIds, numSegments),
);

function fill<Inputs, Attrs>(
  kernelName: string,
  compute: (inputs: Inputs, attributes: Attrs) => tf.Tensor,
): void {
  const backendName = 'wasm';
  if (tf.getKernel(kernelName, backendName) != null) return;
  tf.registerKernel({
    kernelName,
    backendName,
    // Tidied here: a kernel owes its backend everything but its result.
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compute(inputs as unknown as Inputs, attrs as unknown as Attrs)),
  });
}
