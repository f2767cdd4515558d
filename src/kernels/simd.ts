/**
 * The loops of `assembly/`, compiled to WebAssembly with SIMD, over any memory: the wasm backend's own, or one of ours.
 *
 * Arguments are addresses in bytes and numbers of float32. A page whose content policy forbids to compile WebAssembly
 * (TensorFlow.js' wasm backend then does not start either), or an engine without SIMD, has none of this.
 */
import { bytesOf } from './bytes';
import { SIMD_BYTES } from './simdBytes';

type Address = number;

/** How many numbers a loop puts aside at the most: eight columns of a matrix, 512 rows of them at once. */
export const SPARE = 8 * 512;

export interface Simd {
  normals: (out: Address, n: number, k0: number, k1: number, k2: number, k3: number, spare: Address) => void;
  product: (
    A: Address,
    B: Address,
    C: Address,
    m: number,
    n: number,
    k: number,
    transposedA: number,
    transposedB: number,
    bias: Address,
    spare: Address,
  ) => void;
  columnSums: (A: Address, out: Address, m: number, n: number) => void;
  /** x, dy and the result, then what `assembly/convolution.ts` says. */
  filterGradient: (...addressesAndConstants: number[]) => void;
  /** x, dy and the result, then what `assembly/depthwise.ts` says. */
  depthwiseFilterGradient: (...addressesAndConstants: number[]) => void;
  /** The address 0 of P or M0 stands for one number of all weights. */
  varianceAndKL: (
    M: Address,
    R: Address,
    variance: Address,
    n: number,
    lnP: number,
    invP2: number,
    P: Address,
    M0: Address,
    m0: number,
  ) => number;
  lnScaleGradient: (
    dV: Address,
    V: Address,
    R: Address,
    out: Address,
    n: number,
    dKL: number,
    lnP: number,
    invP2: number,
    P: Address,
  ) => void;
  reparameterize: (
    mean: Address,
    variance: Address,
    noise: Address,
    z: Address,
    sigma: Address,
    n: number,
  ) => void;
  varianceGradient: (dz: Address, noise: Address, sigma: Address, out: Address, n: number) => void;
  adam: (...addressesAndConstants: number[]) => void;
}

/** The loops over `memory`, or nothing where they cannot be had. */
export function simdOver(memory: WebAssembly.Memory): Simd | undefined {
  let simd = instances.get(memory);
  if (simd === undefined) {
    simd = instantiate(memory);
    instances.set(memory, simd);
  }
  return simd ?? undefined;
}

const instances = new WeakMap<WebAssembly.Memory, Simd | null>();
let compiled: WebAssembly.Module | null | undefined;

function instantiate(memory: WebAssembly.Memory): Simd | null {
  try {
    compiled ??= new WebAssembly.Module(bytesOf(SIMD_BYTES));
    return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Simd;
  } catch {
    return null;
  }
}
