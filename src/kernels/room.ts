/**
 * Is there room on the current backend for what is about to be made?
 *
 * Not every backend asks. TensorFlow.js' wasm backend takes a number of bytes modulo 2³², and what it has no room for it
 * puts at address 0, over its own data: all that lived on it is lost. The native one takes the length of an axis for an
 * int32: `tf.fill([1e13], 1)` there has 1,316,134,912 numbers. The others throw by themselves, with no word of what for.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shownShape } from '../check';

/** All that WebAssembly can address. */
export const MEMORY_LIMIT = 2 ** 32;
/** The most numbers of a tensor. */
const SIZE_LIMIT = 2 ** 31 - 1;
/** Below this an engine finds room for arrays, or has other worries. */
const LARGE = 2 ** 26;

interface Heap {
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
}

/** @throws if `count` tensors [..., H] of float32 numbers would not find room beside one another; nothing is made. */
export function checkRoom(who: string, shape: number[], count = 1): void {
  const size = tf.util.sizeFromShape(shape);
  const bytes = 4 * size * count;
  if (tf.getBackend() === 'wasm') {
    const { wasm } = tf.backend() as { wasm?: Partial<Heap> };
    if (bytes >= MEMORY_LIMIT || (isHeap(wasm) && !hasRoom(wasm, 4 * size, count)))
      refuseRoom(who, shape, bytes, MEMORY_LIMIT);
  } else if (size > SIZE_LIMIT || (bytes > LARGE && !canBeMade(4 * size, count)))
    refuseRoom(who, shape, bytes, 4 * SIZE_LIMIT * count);
}

export function refuseRoom(who: string, shape: number[], bytes: number, limit: number): never {
  refuse(
    who,
    `the ${tf.getBackend()} backend must have room for more tensors, within a limit of ${limit} bytes`,
    `${bytes} bytes for tensors of shape ${shownShape(shape)}`,
    'take fewer units, smaller batches or fewer draws at once',
  );
}

/** It asks for the blocks and gives them back: those that come next get them. */
function hasRoom({ _malloc, _free }: Heap, bytes: number, count: number): boolean {
  const addresses = Array.from({ length: count }, () => _malloc(bytes));
  addresses.forEach((address) => _free(address));
  return !addresses.includes(0);
}

function canBeMade(bytes: number, count: number): boolean {
  try {
    Array.from({ length: count }, () => new ArrayBuffer(bytes));
    return true;
  } catch {
    return false;
  }
}

const isHeap = (wasm: Partial<Heap> | undefined): wasm is Heap =>
  typeof wasm?._malloc === 'function' && typeof wasm._free === 'function';
