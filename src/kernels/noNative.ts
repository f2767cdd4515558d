/** In the place of `native.ts` in the build for browsers, where TensorFlow's native backend cannot be. */
import type { Kernels } from './contract';

export const nativeKernels = (): Partial<Kernels> => ({});
