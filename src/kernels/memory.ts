/**
 * A WebAssembly memory of our own with the SIMD loops over it, for tensors that live elsewhere: copied in, computed,
 * copied out. A copy costs a fraction of what the same loop in JavaScript does.
 */
import { refuse } from '../check';
import { MEMORY_LIMIT } from './room';
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

  /** Room for n numbers. @returns its address @throws if the memory cannot grow so far; what it holds stays. */
  room(n: number): number {
    const address = this.end;
    if (!this.hasRoom(n))
      refuse(
        'tfjs-bnn',
        `the kernels must have room for their arguments, within a limit of ${MEMORY_LIMIT} bytes`,
        `${address + bytesOf(n)} bytes`,
        "take smaller batches, or tf.env().set('BNN_KERNELS', false)",
      );
    this.end = address + bytesOf(n);
    return address;
  }

  /** Can n more numbers be had? */
  hasRoom(n: number): boolean {
    const missing = this.end + bytesOf(n) - memory!.buffer.byteLength;
    if (missing <= 0) return true;
    try {
      memory!.grow(Math.ceil(missing / PAGE));
      return true;
    } catch {
      return false;
    }
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

/** Every array starts at a whole vector. */
const bytesOf = (n: number): number => Math.ceil(n / 4) * 16;
