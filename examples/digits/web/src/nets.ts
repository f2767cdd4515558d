/** The two nets as files, checked before they are believed: a message for the page says what is wrong with which file. */
import * as tf from '@tensorflow/tfjs';
import { PIXELS } from './image';

const CLASSES = 10;

/** Both nets, on the backend that was current when they were built. */
export interface Nets {
  bayesian: tf.LayersModel;
  plain: tf.LayersModel;
}

/** What was read of both nets: they can be built again on another backend without the network. */
export type NetFiles = Record<keyof Nets, NetFile>;

interface NetFile {
  url: string;
  artifacts: tf.io.ModelArtifacts;
}

/** @param folder the address of the folder that holds `bayesian` and `plain`, each with its model.json. */
export async function readNets(folder: string): Promise<NetFiles> {
  const [bayesian, plain] = await Promise.all([readNet(folder, 'bayesian'), readNet(folder, 'plain')]);
  return { bayesian, plain };
}

export async function buildNets(files: NetFiles): Promise<Nets> {
  const bayesian = await buildNet(files.bayesian);
  try {
    return { bayesian, plain: await buildNet(files.plain) };
  } catch (error) {
    bayesian.dispose();
    throw error;
  }
}

async function readNet(folder: string, name: string): Promise<NetFile> {
  const url = new URL(`${name}/model.json`, folder).href;
  const response = await read(url);
  const json: unknown = await response.json().catch(() => undefined);
  if (!isModelJSON(json)) throw new Error(`${shortened(url)} is not a saved model.`);
  const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights);
  const parts = await Promise.all(
    json.weightsManifest
      .flatMap(({ paths }) => paths)
      .map(async (path) => (await read(new URL(path, url).href)).arrayBuffer()),
  );
  const weightData = await new Blob(parts).arrayBuffer();
  const expected = weightSpecs.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
  if (weightData.byteLength !== expected)
    throw new Error(
      `The weights beside ${shortened(url)} are ${weightData.byteLength} bytes long and should be ${expected}: the file is cut off or belongs to another model.`,
    );
  if (!new Float32Array(weightData).every(Number.isFinite))
    throw new Error(`The weights beside ${shortened(url)} are not all numbers: the file is broken.`);
  return { url, artifacts: { modelTopology: json.modelTopology, weightSpecs, weightData } };
}

async function read(url: string): Promise<Response> {
  const response = await fetch(url).catch(() => undefined);
  if (response?.ok === true) return response;
  const why = response === undefined ? 'the server does not answer' : `the server says ${response.status}`;
  throw new Error(`${shortened(url)} cannot be read: ${why}.`);
}

async function buildNet({ url, artifacts }: NetFile): Promise<tf.LayersModel> {
  let model: tf.LayersModel;
  try {
    model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  } catch (error) {
    throw new Error(`${shortened(url)} cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  const shapes = [model.inputs[0]?.shape, model.outputs[0]?.shape].map((shape) => JSON.stringify(shape));
  if (shapes.join() === `[null,${PIXELS}],[null,${CLASSES}]`) return model;
  model.dispose();
  throw new Error(
    `${shortened(url)} holds another net: it must take [?, ${PIXELS}] and give [?, ${CLASSES}].`,
  );
}

interface ModelJSON {
  modelTopology: object;
  weightsManifest: tf.io.WeightsManifestConfig;
}

function isModelJSON(json: unknown): json is ModelJSON {
  if (typeof json !== 'object' || json === null) return false;
  const { modelTopology, weightsManifest } = json as Partial<ModelJSON>;
  return (
    typeof modelTopology === 'object' &&
    Array.isArray(weightsManifest) &&
    weightsManifest.every(
      ({ paths, weights }) =>
        Array.isArray(paths) && Array.isArray(weights) && weights.every(({ dtype }) => dtype === 'float32'),
    )
  );
}

/** The end of an address: the folder, the net, the file. */
function shortened(url: string): string {
  return new URL(url).pathname.split('/').slice(-3).join('/');
}
