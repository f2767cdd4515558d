/** `tfjs-bnn` where TensorFlow's native backend can be: all that a browser has, and that backend's kernels. */
import { nativeKernels } from '../src/kernels/native';
import { offerNative } from '../src/kernels/nativeSlot';

offerNative(nativeKernels);

export * from '../src';
