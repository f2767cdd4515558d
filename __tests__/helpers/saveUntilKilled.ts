/**
 * A program of its own: saves checkpoints without a pause, until it is killed, and says which ones are done. Each has its
 * own number for every weight, slot and epoch, so that one put together from two is found out.
 *
 * It has no layers and no backend, only the file handler and what places a checkpoint: it starts in a tenth of a second.
 */
import * as tf from '@tensorflow/tfjs';
import { nodeFileSystemRouter } from '@tensorflow/tfjs-node/dist/io/file_system.js';
import { readFileSync, writeSync } from 'node:fs';
import { store } from '../../src/checkpoint/checkpointPlaces';
import type { State } from '../../src/checkpoint/sealed';

export interface Pattern {
  modelTopology: object;
  weightSpecs: tf.io.WeightsManifestEntry[];
  state: State;
}

async function main(url: string, patternFile: string, first: number): Promise<void> {
  tf.io.registerSaveRouter(nodeFileSystemRouter);
  tf.io.registerLoadRouter(nodeFileSystemRouter);
  const { modelTopology, weightSpecs, state } = JSON.parse(readFileSync(patternFile, 'utf8')) as Pattern;
  for (let epoch = first; ; epoch++) {
    const weightData = tf.io.CompositeArrayBuffer.join(
      weightSpecs.map(({ shape, dtype }) => {
        const values = dtype === 'int32' ? Int32Array : Float32Array;
        return new values(tf.util.sizeFromShape(shape)).fill(epoch).buffer;
      }),
    );
    await store(url, { modelTopology, weightSpecs, weightData }, { ...state, epoch });
    writeSync(1, `${epoch}\n`);
  }
}

const [url, patternFile, first] = process.argv.slice(2);
void main(url!, patternFile!, Number(first));
