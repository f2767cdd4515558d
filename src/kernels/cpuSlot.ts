/** In the place of `cpu.ts` in the modular build, which goes without WebAssembly. */
import { missingFromModular, slot } from './slot';

export const { kernels: cpuKernels, offer: offerCpu } = slot(missingFromModular('cpu'));
