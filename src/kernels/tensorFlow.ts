/**
 * TensorFlow's ops called by their names, on the native backend (tfjs-node): for those that have no name in tf. The way
 * to them, the backend's `binding`, is no public API: `native.ts` looks whether it is as expected.
 */
import * as tf from '@tensorflow/tfjs';

export type Id = number;
type AttributeType = 'TF_ATTR_TYPE' | 'TF_ATTR_SHAPE' | 'TF_ATTR_STRING';

export interface Metadata {
  id: Id;
  shape: number[];
  dtype: number;
}

/** TensorFlow's own word for it: `ResourceHandle::ANONYMOUS_NAME`. */
const ANONYMOUS_NAME = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

type ModelId = number;

interface Binding extends Record<AttributeType | 'TF_FLOAT', number> {
  createTensor: (shape: number[], type: number, values: Float32Array) => Id;
  deleteTensor: (id: Id) => void;
  executeOp: (name: string, attributes: object[], inputs: Id[], outputs: number) => Metadata[];
  loadSavedModel: (folder: string, tags: string) => ModelId;
  /** Names are listed with commas. */
  runSavedModel: (model: ModelId, inputs: Id[], inputNames: string, outputNames: string) => Metadata[];
}

/** What the backend knows of a tensor. */
export interface TensorInfo {
  id: Id;
}

export interface NativeBackend {
  binding: Binding;
  tensorMap: { get: (dataId: object) => TensorInfo };
  refCount: (dataId: object) => number;
  getInputTensorIds: (tensors: tf.Tensor[]) => Id[];
  createOutputTensor: (metadata: Metadata) => tf.Tensor;
}

export const nativeBackend = (): NativeBackend => tf.backend() as unknown as NativeBackend;

/** Runs TensorFlow's ops and then deletes what they made, but for what was handed out as tensors. */
export function inTensorFlow<T>(f: (run: Run) => T, native = nativeBackend()): T {
  const run = new Run(native);
  try {
    return f(run);
  } finally {
    run.end();
  }
}

/** TensorFlow's ops of float32 tensors, called by their names. */
export class Run {
  private readonly made = new Map<Id, Metadata | undefined>();
  private readonly binding: Binding;
  private readonly T: object;
  private readonly dtype: object;

  constructor(private readonly native: NativeBackend) {
    this.binding = native.binding;
    this.T = this.attribute('T', 'TF_ATTR_TYPE', this.binding.TF_FLOAT);
    this.dtype = this.attribute('dtype', 'TF_ATTR_TYPE', this.binding.TF_FLOAT);
  }

  /** The tensors' own ids: not ours to delete. */
  ids<const T extends readonly tf.Tensor[]>(tensors: T): { [K in keyof T]: Id } {
    return this.native.getInputTensorIds([...tensors]) as { [K in keyof T]: Id };
  }

  /** What a resource variable holds. */
  read(handle: Id): Id {
    return this.execute('ReadVariableOp', [this.dtype], [handle]);
  }

  constant(value: number): Id {
    const id = this.binding.createTensor([], this.binding.TF_FLOAT, new Float32Array([value]));
    this.made.set(id, undefined);
    return id;
  }

  /** A resource variable, which nobody finds by a name. */
  handle(): Id {
    const attributes = [
      this.dtype,
      this.attribute('shape', 'TF_ATTR_SHAPE', []),
      this.attribute('shared_name', 'TF_ATTR_STRING', ANONYMOUS_NAME),
    ];
    return this.execute('VarHandleOp', attributes, []);
  }

  /** An op without an output. */
  command(name: string, type: 'T' | 'dtype', ...inputs: Id[]): void {
    this.binding.executeOp(name, [this[type]], inputs, 0);
  }

  /** A tensor for the world outside. */
  tensor(id: Id): tf.Tensor {
    const tensor = this.native.createOutputTensor(this.made.get(id)!);
    this.made.delete(id);
    return tensor;
  }

  /** No longer ours to delete. */
  keep(id: Id): Id {
    this.made.delete(id);
    return id;
  }

  delete(id: Id): void {
    this.made.delete(id);
    this.binding.deleteTensor(id);
  }

  end(): void {
    for (const id of this.made.keys()) this.binding.deleteTensor(id);
  }

  private execute(name: string, attributes: object[], inputs: Id[]): Id {
    const [output] = this.binding.executeOp(name, attributes, inputs, 1);
    this.made.set(output!.id, output);
    return output!.id;
  }

  private attribute(name: string, type: AttributeType, value: unknown): object {
    return { name, type: this.binding[type], value };
  }
}
