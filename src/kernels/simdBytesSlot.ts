/** In the place of `simdBytes.ts` in the modular build, which goes without WebAssembly: no bytes are no module. */
export let SIMD_BYTES = '';

export function offerSimdBytes(bytes: string): void {
  SIMD_BYTES = bytes;
}
