/**
 * `tfjs-bnn/modular/wasm`: the loops in WebAssembly, by which the wasm and cpu backends do what they do their own way and
 * every backend gets its noise faster, and the gradients that the wasm backend lacks.
 */
import '../src/kernels/wasmGaps';
import { cpuKernels } from '../src/kernels/cpu';
import { offerCpu } from '../src/kernels/cpuSlot';
import { SIMD_BYTES } from '../src/kernels/simdBytes';
import { offerSimdBytes } from '../src/kernels/simdBytesSlot';
import { wasmKernels } from '../src/kernels/wasm';
import { offerWasm } from '../src/kernels/wasmSlot';

offerSimdBytes(SIMD_BYTES);
offerCpu(cpuKernels);
offerWasm(wasmKernels);
