/** The fast ways of TensorFlow's native backend (tfjs-node): the graph of a layer, TensorFlow's Adam, and our noise. */
import * as tf from '@tensorflow/tfjs';
import type { Kernels } from './contract';
import { graphKernels, tryOut } from './graphKernels';
import { adam } from './nativeAdam';
import { loadGraph } from './nativeGraph';
import { normalsToCopy } from './normals';
import { checkRoom } from './room';
import { nativeBackend, type NativeBackend } from './tensorFlow';

/** The kernels, if the backend is the one that they were written for. */
export function nativeKernels(): Partial<Kernels> {
  const { binding, tensorMap, refCount, getInputTensorIds, createOutputTensor } =
    nativeBackend() as Partial<NativeBackend>;
  const functions = [
    ...[binding?.executeOp, binding?.loadSavedModel, binding?.runSavedModel],
    ...[tensorMap?.get, refCount, getInputTensorIds, createOutputTensor],
  ];
  if (!functions.every((f) => typeof f === 'function')) return {};
  try {
    const graph = loadGraph();
    tryOut(graph);
    return { ...KERNELS, ...graphKernels(graph) };
  } catch (error) {
    console.warn(
      `tfjs-bnn: the graph of the layers does not load, so they run op by op, which is slower: ${String(error)}`,
    );
    return KERNELS;
  }
}

const KERNELS: Partial<Kernels> = {
  // `resources.ts` gives it another, and so does whatever else hands TensorFlow's buffer on.
  version: ({ dataId }) => nativeBackend().tensorMap.get(dataId).id,

  normals(shape, keys) {
    const native = nativeBackend();
    const { binding } = native;
    checkRoom('tfjs-bnn', shape);
    // Copied into TensorFlow's memory from where they are made.
    const numbers = normalsToCopy(tf.util.sizeFromShape(shape), keys);
    const id = binding.createTensor(shape, binding.TF_FLOAT, numbers);
    return native.createOutputTensor({ id, shape, dtype: binding.TF_FLOAT });
  },

  adam,
};
