/**
 * TensorFlow.js' wasm backend: the SIMD loops of `assembly/`, run over the backend's own memory, in place of one pass
 * over the memory for every tf op.
 *
 * Where a tensor lies is not part of the backend's public API. Where it is not as expected, or the memory is shared
 * between threads, for which the loops are not compiled, nothing here is offered.
 */
import * as tf from '@tensorflow/tfjs';
import type { Kernels } from './contract';
import { simdOver, type Simd } from './simd';

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
  return simd === undefined ? {} : over(simd);
}

const backend = (): WasmBackend => tf.backend() as unknown as WasmBackend;

const over = (simd: Simd): Partial<Kernels> => ({
  normals(shape, keys) {
    const out = fresh(shape);
    simd.normals(at(out), out.size, ...keys, spare());
    return out;
  },

  product(a, b, transpose) {
    const [m, k] = transpose === 'first' ? [a.shape[1]!, a.shape[0]] : [a.shape[0], a.shape[1]!];
    const n = transpose === 'second' ? b.shape[0] : b.shape[1]!;
    const out = fresh([m, n]);
    const transposed = [Number(transpose === 'first'), Number(transpose === 'second')] as const;
    simd.product(at(a), at(b), at(out), m, n, k, ...transposed, spare());
    return out;
  },

  reparameterize(mean, variance, noise) {
    const [z, σ] = [fresh(mean.shape), fresh(mean.shape)];
    simd.reparameterize(at(mean), at(variance), at(noise), at(z), at(σ), z.size);
    return [z, σ];
  },

  varianceGradient(dz, noise, σ) {
    const out = fresh(dz.shape);
    simd.varianceGradient(at(dz), at(noise), at(σ), at(out), out.size);
    return out;
  },

  varianceAndKL(A_mean, ln_A_scale, p) {
    const variance = fresh(A_mean.shape);
    const kl = simd.varianceAndKL(
      ...([at(A_mean), at(ln_A_scale), at(variance)] as const),
      ...([variance.size, Math.log(p), 1 / (p * p)] as const),
    );
    return [variance, tf.scalar(kl)];
  },

  lnScaleGradient(dA_variance, dKL, ln_A_scale, A_variance, p) {
    const out = fresh(A_variance.shape);
    simd.lnScaleGradient(
      ...([at(dA_variance), at(A_variance), at(ln_A_scale), at(out)] as const),
      ...([out.size, dKL.dataSync()[0]!, Math.log(p), 1 / (p * p)] as const),
    );
    return out;
  },

  adam(updates, { learningRate, beta1, beta2, epsilon, correction1, correction2 }) {
    if (updates.some(({ w, g }) => w.dtype !== 'float32' || g.dtype !== 'float32')) return false;
    for (const { w, g, m, v } of updates) {
      // To new places, so that nobody who shares the old ones, a clone or another model, sees a change.
      const [newW, newM, newV] = [fresh(w.shape), fresh(w.shape), fresh(w.shape)];
      simd.adam(
        ...[w, g, m, v, newW, newM, newV].map(at),
        ...[w.size, learningRate, beta1, beta2, epsilon, correction1, correction2, 1 - beta1, 1 - beta2],
      );
      w.assign(newW);
      m.assign(newM);
      v.assign(newV);
      tf.dispose([newW, newM, newV]);
    }
    return true;
  },
});

/** A tensor of numbers not yet written. */
const fresh = (shape: number[]): tf.Tensor =>
  tf.engine().makeTensorFromTensorInfo(backend().makeOutput(shape, 'float32'));

/** Where its numbers lie: valid until it is disposed of, also when the memory grows. */
const at = ({ dataId }: tf.Tensor): number => backend().dataIdMap.get(dataId).memoryOffset;

/** Room for what the loops put aside: eight columns of a matrix, 512 rows of them at once. */
function spare(): number {
  const { wasm } = backend();
  let address = spares.get(wasm);
  if (address === undefined) spares.set(wasm, (address = wasm._malloc(8 * 512 * 4)));
  return address;
}

const spares = new WeakMap<object, number>();
