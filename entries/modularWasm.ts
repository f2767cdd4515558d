/** `tfjs-bnn/modular/wasm`: what the wasm backend does its own way, and the gradients that it lacks. */
import '../src/kernels/wasmGaps';
import { wasmKernels } from '../src/kernels/wasm';
import { offerWasm } from '../src/kernels/wasmSlot';

offerWasm(wasmKernels);
