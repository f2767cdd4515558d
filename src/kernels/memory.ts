/**
 * A WebAssembly memory of our own with the SIMD loops over it, for tensors that live elsewhere: copied in, computed,
 * copied out. A copy costs a fraction of what the same loop in JavaScript does.
 */
import { simdOver, type Simd } from './simd';

const PAGE = 65536;

let memory: WebAssembly.Memory | undefined;

/** The loops over our memory, or nothing where WebAssembly cannot be had. */
export function ownSimd(): Simd | undefined {
  try {
    memory ??= new WebAssembly.Memory({ initial: 1 });
  } catch {
    return undefined;
  }
  return simdOver(memory);
}

/** Numbers in our memory, from the start of it on. Only between two calls of `Desk` does anything stay where it is. */
export class Desk {
  private end = 0;

  /** Room for n numbers. @returns its address */
  room(n: number): number {
    const address = this.end;
    // Every array starts at a whole vector.
    this.end += Math.ceil(n / 4) * 16;
    const missing = this.end - memory!.buffer.byteLength;
    if (missing > 0) memory!.grow(Math.ceil(missing / PAGE));
    return address;
  }

  put(numbers: Float32Array): number {
    const address = this.room(numbers.length);
    this.view(address, numbers.length).set(numbers);
    return address;
  }

  take(address: number, n: number): Float32Array {
    return this.view(address, n).slice();
  }

  view(address: number, n: number): Float32Array {
    return new Float32Array(memory!.buffer, address, n);
  }
}
