/**
 * TensorFlow.js' wasm backend: the SIMD loops of `assembly/`, run over the backend's own memory, in place of one pass
 * over the memory for every tf op.
 *
 * Where a tensor lies is not part of the backend's public API. Where it is not as expected, or the memory is shared
 * between threads, for which the loops are not compiled, nothing here is offered.
 */
import * as tf from '@tensorflow/tfjs';
import type { Kernels } from './contract';
import { MEMORY_LIMIT, refuseRoom } from './room';
import { simdOver, SPARE } from './simd';
import { simdKernels, type Place } from './simdKernels';

interface WasmBackend {
  wasm: {
    asm?: { memory?: WebAssembly.Memory };
    HEAPU8: Uint8Array;
    _malloc: (bytes: number) => number;
  };
  dataIdMap: { get: (dataId: object) => { memoryOffset: number } };
  makeOutput: (shape: number[], dtype: 'float32') => { dataId: object; shape: number[]; dtype: 'float32' };
}

/** The kernels, if the backend's memory can be had. */
export function wasmKernels(): Partial<Kernels> {
  const { wasm, dataIdMap, makeOutput } = backend() as Partial<WasmBackend>;
  const memory = wasm?.asm?.memory;
  if (memory === undefined || memory.buffer !== wasm?.HEAPU8.buffer) return {};
  if (typeof dataIdMap?.get !== 'function' || typeof makeOutput !== 'function') return {};
  const simd = simdOver(memory);
  if (simd === undefined) return {};
  return {
    ...simdKernels(simd, openBackend),
    normals(shape, keys) {
      const out = fresh(shape);
      simd.normals(at(out), out.size, ...keys, spare());
      return out;
    },
  };
}

const WHO = 'tfjs-bnn';

const backend = (): WasmBackend => tf.backend() as unknown as WasmBackend;

const openBackend = (): Place => ({
  at,
  fresh: (shape) => {
    const tensor = fresh(shape);
    return { address: at(tensor), tensor: () => tensor };
  },
  spare,
});

/** A tensor of numbers not yet written. @throws if there is no room for it, which the backend does not notice. */
function fresh(shape: number[]): tf.Tensor {
  const bytes = 4 * tf.util.sizeFromShape(shape);
  if (bytes >= MEMORY_LIMIT) refuseRoom(WHO, shape, bytes, MEMORY_LIMIT);
  const tensor = tf.engine().makeTensorFromTensorInfo(backend().makeOutput(shape, 'float32'));
  if (at(tensor) !== 0) return tensor;
  tensor.dispose();
  return refuseRoom(WHO, shape, bytes, MEMORY_LIMIT);
}

/** Where its numbers lie: valid until it is disposed of, also when the memory grows. */
const at = ({ dataId }: tf.Tensor): number => backend().dataIdMap.get(dataId).memoryOffset;

/** Room for what the loops put aside. */
function spare(): number {
  const { wasm } = backend();
  let address = spares.get(wasm);
  if (address !== undefined) return address;
  address = wasm._malloc(SPARE * 4) >>> 0;
  if (address === 0) refuseRoom(WHO, [SPARE], SPARE * 4, MEMORY_LIMIT);
  spares.set(wasm, address);
  return address;
}

const spares = new WeakMap<object, number>();
