/** In the place of `native.ts` in what is built: the entry for Node puts it in, browsers go without its bytes. */
import { slot } from './slot';

export const { kernels: nativeKernels, offer: offerNative } = slot();
