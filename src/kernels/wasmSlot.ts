/** In the place of `wasm.ts` in the modular build, whose programs say which backends they have. */
import type { Kernels } from './contract';

let offered = (): Partial<Kernels> => {
  console.warn(
    "tfjs-bnn/modular: import 'tfjs-bnn/modular/wasm' too, without which layers are slower on wasm.",
  );
  return {};
};

export const wasmKernels = (): Partial<Kernels> => offered();

export function offerWasm(kernels: () => Partial<Kernels>): void {
  offered = kernels;
}
