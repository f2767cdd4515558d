/**
 * The nets live in this worker: whatever a prediction takes, and however long a GPU compiles its shaders, strokes on the
 * page stay smooth.
 */
import * as tf from '@tensorflow/tfjs';
import { startBackend } from './backend';
import { buildNets, readNets, type NetFiles, type Nets } from './nets';
import { predict } from './predict';
import { PIXELS } from './image';
import type { Answers, Backend, Kind, Question, Questions, Reply } from './protocol';

let files: NetFiles;
let nets: Nets | undefined;

const answers: { [K in Kind]: (body: Questions[K]) => Promise<Answers[K]> } = {
  async load({ folder }) {
    files = await readNets(folder);
    return undefined;
  },

  async use({ backend }) {
    const before = nets === undefined ? undefined : (tf.getBackend() as Backend);
    dropNets();
    try {
      await startBackend(backend);
      await putNetsOnIt();
    } catch (error) {
      dropNets();
      if (before !== undefined) {
        await startBackend(before);
        await putNetsOnIt();
      }
      throw error;
    }
    return undefined;
  },

  async predict(question) {
    if (nets === undefined) throw new Error('There are no nets.');
    return predict(nets, question);
  },
};

async function putNetsOnIt(): Promise<void> {
  nets = await buildNets(files);
  // The first prediction compiles what the others use: its time says nothing.
  await predict(nets, { image: new Float32Array(PIXELS), draws: 2, seed: 0 });
}

function dropNets(): void {
  nets?.bayesian.dispose();
  nets?.plain.dispose();
  nets = undefined;
}

// The types of a worker's own scope exclude those of a page, which the other files need.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<Question>) => void;
  postMessage(reply: Reply): void;
};

/** One question after the other: changing the backend must not meet a prediction that runs. */
let last: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};

async function answer<K extends Kind>({ id, kind, body }: Question<K>): Promise<void> {
  try {
    scope.postMessage({ id, answer: await answers[kind](body) });
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}
