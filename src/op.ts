/**
 * An operation with a hand-derived gradient that is computed only for the inputs that need it.
 *
 * `tf.customGrad` computes the gradient with respect to every input, also the one that nobody asks for: the
 * first layer of a net would pay a matrix product for the gradient with respect to the data. A kernel that is
 * registered under a name, with its gradients as functions, pays only for what is used.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse } from './check';

export interface Op {
  /** Registered with TensorFlow.js for every backend that calls it: a name that no other package uses. */
  name: string;
  /** The value, in tf ops, so that it runs on every backend. */
  forward: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** For each input the function that makes its gradient, given that of the output. */
  gradients: (dy: tf.Tensor, inputs: tf.Tensor[]) => Array<() => tf.Tensor>;
}

/** What stands beside the tensors: numbers, a map, tensors that live longer than the operation. No gradient reaches them. */
export type Constants = object;

/** An operation with several outputs, which its gradients find again: what forward computed is not computed twice. */
export interface FusedOp<C extends Constants> {
  name: string;
  /** How many outputs there are. What else forward gives is for the gradients alone. @defaultValue 1 */
  outputs?: number;
  /** Do the gradients need what forward gives? It is then kept until they are computed. @defaultValue false */
  keepsOutputs?: boolean;
  forward: (inputs: tf.Tensor[], constants: C) => tf.Tensor[];
  /** `dys` has a gradient for each output, of zeros where nothing depends on it; `saved` has all that forward gave. */
  gradients: (
    dys: tf.Tensor[],
    saved: { inputs: tf.Tensor[]; outputs: tf.Tensor[] },
    constants: C,
  ) => Array<() => tf.Tensor>;
}

/** Makes the function that runs `op`. */
export function defineOp({ name, forward, gradients }: Op): (...inputs: tf.Tensor[]) => tf.Tensor {
  const run = defineFusedOp({
    name,
    forward: (inputs) => [forward(...inputs)],
    gradients: ([dy], { inputs }) => gradients(dy!, inputs),
  });
  return (...inputs) => run(inputs, {})[0]!;
}

/** Makes the function that runs `op`. */
export function defineFusedOp<C extends Constants>({
  name,
  outputs = 1,
  keepsOutputs = false,
  forward,
  gradients,
}: FusedOp<C>): (inputs: tf.Tensor[], constants: C) => tf.Tensor[] {
  interface Attributes {
    constants: C;
    arity: number;
  }

  tf.registerGradient({
    kernelName: name,
    // However many there are: they come as an array.
    saveAllInputs: true,
    // As long as any list of outputs: those that exist are saved.
    outputsToSave: Array<boolean>(16).fill(keepsOutputs),
    gradFunc: (dy, saved, attributes) => {
      // Gradients that are still being recorded are to be differentiated again, which their kernels are not on the tape for.
      if (tf.engine().state.gradientDepth > 0)
        refuse(
          'tfjs-bnn',
          'gradients must be of first order',
          'a gradient of a gradient',
          'use finite differences of the first',
        );
      const dys = Array.isArray(dy) ? dy : [dy];
      const { constants, arity } = attributes as unknown as Attributes;
      const byInput = gradients(
        dys,
        { inputs: saved.slice(0, arity), outputs: saved.slice(arity) },
        constants,
      );
      return Object.fromEntries(byInput.map((gradient, i) => [i, gradient]));
    },
  });

  return (inputs, constants) => {
    // Backends come and go at run time, and the package may be loaded twice (ESM and CommonJS).
    const backendName = tf.getBackend();
    if (tf.getKernel(name, backendName) == null)
      tf.registerKernel({
        kernelName: name,
        backendName,
        // Tidied here, since the caller's tape is off and a kernel owes its backend everything but its result.
        kernelFunc: ({ inputs: given, attrs }) =>
          tf.tidy(() => forward(given as unknown as tf.Tensor[], (attrs as unknown as Attributes).constants)),
      });
    const attributes: Attributes = { constants, arity: inputs.length };
    const given = tf
      .engine()
      .runKernel<tf.Tensor[]>(
        name,
        inputs as unknown as tf.NamedTensorMap,
        attributes as unknown as tf.NamedAttrMap,
      );
    // The tape holds this very list, and fills up with zeros where no gradient comes: as many numbers as there are weights.
    given.splice(outputs).forEach((t) => t.dispose());
    return given;
  };
}

/** The tape on which a gradient is being recorded, if one is. */
export function recordedTape(): Tape | undefined {
  const { gradientDepth, activeTape } = tf.engine().state;
  return gradientDepth > 0 ? activeTape : undefined;
}

type Tape = ReadonlyArray<{ saved?: tf.Tensor[] }>;

/**
 * Runs f, and frees what it saved for a gradient that never comes, since the pass threw later on: TensorFlow.js forgets
 * that, and a Bayesian layer saves more than a plain one. A gradient is computed in one go: in the next microtask it is over,
 * whichever way.
 */
export function forPassOnly<T>(f: () => T): T {
  const tape = recordedTape();
  if (tape === undefined) return f();
  const before = tape.length;
  try {
    return f();
  } finally {
    const mine = tape.slice(before);
    queueMicrotask(() => mine.forEach(({ saved }) => tf.dispose(saved ?? [])));
  }
}
