/**
 * A checkpoint as it is stored: a saved model that says of itself what it is a checkpoint of, under a checksum.
 *
 *     checksum = CRC-32 of the JSON of topology, weight specs and metadata, keys in order, and of the weight data
 *
 * It covers what is restored. A store may keep objects in its own order of keys, and say more of them.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { crc32 } from './crc32';

/** What is said in the metadata of the saved model. */
export interface State {
  /** 1: without `save`, `variables`, `slots` and `checksum`. */
  format: number;
  /** Epochs that were completed. */
  epoch: number;
  /** The class of the optimizer. */
  optimizer: string;
  /** Counts the saves to one URL: of two checkpoints the greater one is the newer. */
  save?: number;
  /** Of each weight, in the order of the weight specs. */
  variables?: Array<{ path: string; place: string }>;
  /** Of each slot of the optimizer: which weight it belongs to. */
  slots?: Array<{ kind: string; of: number }>;
  /** The metric by which this is the best epoch. */
  best?: { metric: string; value: number };
  checksum?: string;
}

export const FORMAT = 2;
const KEY = 'tfjs-bnn checkpoint';

/** `artifacts` with `state`, and a checksum over both. */
export function sealed(
  artifacts: tf.io.ModelArtifacts,
  state: Omit<State, 'format' | 'checksum'> & { format?: number },
): tf.io.ModelArtifacts {
  const inside = (more: object): tf.io.ModelArtifacts => ({
    ...artifacts,
    userDefinedMetadata: { ...artifacts.userDefinedMetadata, [KEY]: { format: FORMAT, ...state, ...more } },
  });
  return inside({ checksum: checksumOf(inside({})) });
}

/** The state of a checkpoint, of whatever format. @throws if it is none, or not whole. */
export function opened(who: string, artifacts: tf.io.ModelArtifacts): State {
  const metadata = artifacts.userDefinedMetadata as Record<string, State | undefined> | undefined;
  const state = metadata?.[KEY];
  if (typeof state !== 'object' || state === null)
    return refuse(
      who,
      'a saved checkpoint is needed',
      'a model without one',
      'load it by tf.loadLayersModel',
    );
  const { checksum, ...rest } = state;
  const unsealed = { ...artifacts, userDefinedMetadata: { ...metadata, [KEY]: rest } };
  // The first format has none.
  const now = state.format === 1 ? undefined : checksumOf(unsealed);
  if (checksum !== now) refuse(who, `it is damaged: the checksum must be ${shown(checksum)}`, shown(now));
  return state;
}

function checksumOf(artifacts: tf.io.ModelArtifacts): string {
  const { modelTopology, weightSpecs, userDefinedMetadata, weightData = [] } = artifacts;
  const text = JSON.stringify([modelTopology, weightSpecs, userDefinedMetadata], inOrderOfKeys);
  const buffers = [weightData].flat();
  const sum = buffers.reduce(
    (before, buffer) => crc32(new Uint8Array(buffer), before),
    crc32(tf.util.encodeString(text)),
  );
  return sum.toString(16).padStart(8, '0');
}

function inOrderOfKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
