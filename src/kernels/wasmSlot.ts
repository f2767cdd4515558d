/** In the place of `wasm.ts` in the modular build, whose programs say which backends they have. */
import { missingFromModular, slot } from './slot';

export const { kernels: wasmKernels, offer: offerWasm } = slot(missingFromModular('wasm'));
