/**
 * The graph of `graphBytes.ts` on TensorFlow's native backend: which of its values are fed and which are fetched is said
 * at each run.
 *
 * TensorFlow reads graphs from a folder only: the bytes go into a temporary one, once, and it is deleted at once.
 */
import type * as tf from '@tensorflow/tfjs';
import { bytesOf } from './bytes';
import { GRAPH_BYTES } from './graphBytes';
import { nativeBackend, type Id, type Metadata } from './tensorFlow';

export interface NativeGraph {
  /** Runs the graph: tensors or numbers by the names of what is fed, the names of what is fetched. */
  run: (feeds: Feeds, fetches: string[]) => tf.Tensor[];
  /**
   * Functions that make the tensors that are fetched. The first to be called makes those of all that come after it too,
   * in one run; what is then not called for is freed when other functions are made, for nothing tells that it will not be.
   */
  inOneRun: (feeds: Feeds, fetches: string[]) => Array<() => tf.Tensor>;
}

export type Feeds = Record<string, tf.Tensor | number>;

/** @throws if it cannot be: without a folder to write to, or before Node 20.16, which has no `process.getBuiltinModule`. */
export function loadGraph(): NativeGraph {
  const { binding } = nativeBackend();
  const model = inTemporaryFolder((folder) => binding.loadSavedModel(folder, 'serve'));

  // The number that was fed last under each name: mostly it is the next one, too.
  const numbers = new Map<string, { value: number; id: Id }>();
  const idOf = (name: string, value: number): Id => {
    const last = numbers.get(name);
    if (last !== undefined && Object.is(last.value, value)) return last.id;
    const id = binding.createTensor([], binding.TF_FLOAT, new Float32Array([value]));
    numbers.set(name, { value, id });
    if (last !== undefined) binding.deleteTensor(last.id);
    return id;
  };
  const metadataOf = (feeds: Feeds, fetches: string[]): Metadata[] => {
    const ids = Object.entries(feeds).map(([name, value]) =>
      typeof value === 'number' ? idOf(name, value) : nativeBackend().getInputTensorIds([value])[0]!,
    );
    return binding.runSavedModel(model, ids, Object.keys(feeds).join(), fetches.join());
  };
  const tensorOf = (metadata: Metadata): tf.Tensor => nativeBackend().createOutputTensor(metadata);

  let waiting = new Map<string, Metadata>();
  const forget = (): void => {
    waiting.forEach(({ id }) => binding.deleteTensor(id));
    waiting.clear();
  };
  return {
    run: (feeds, fetches) => metadataOf(feeds, fetches).map(tensorOf),
    inOneRun(feeds, fetches) {
      forget();
      const made = (waiting = new Map<string, Metadata>());
      return fetches.map((name, i) => () => {
        if (!made.has(name)) {
          const names = made.size > 0 ? [name] : fetches.slice(i);
          metadataOf(feeds, names).forEach((metadata, k) => made.set(names[k]!, metadata));
        }
        const metadata = made.get(name)!;
        made.delete(name);
        return tensorOf(metadata);
      });
    },
  };
}

interface Files {
  mkdtempSync: (prefix: string) => string;
  writeFileSync: (path: string, bytes: Uint8Array) => void;
  rmSync: (path: string, options: object) => void;
}

interface Process {
  getBuiltinModule?: ((name: 'node:fs') => Files) & ((name: 'node:os') => { tmpdir: () => string });
}

function inTemporaryFolder<T>(f: (folder: string) => T): T {
  const { getBuiltinModule } = (globalThis as { process?: Process }).process ?? {};
  if (getBuiltinModule === undefined) throw new Error('Node has no process.getBuiltinModule');
  const files = getBuiltinModule('node:fs');
  const folder = files.mkdtempSync(`${getBuiltinModule('node:os').tmpdir()}/tfjs-bnn-`);
  try {
    files.writeFileSync(`${folder}/saved_model.pb`, bytesOf(GRAPH_BYTES));
    return f(folder);
  } finally {
    files.rmSync(folder, { recursive: true, force: true });
  }
}
