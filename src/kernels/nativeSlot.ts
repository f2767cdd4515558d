/** In the place of `native.ts` in what is built: the entry for Node puts it in, browsers go without its bytes. */
import type { Kernels } from './contract';

let offered = (): Partial<Kernels> => ({});

export const nativeKernels = (): Partial<Kernels> => offered();

export function offerNative(kernels: () => Partial<Kernels>): void {
  offered = kernels;
}
