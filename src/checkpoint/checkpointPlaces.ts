/**
 * Where the checkpoints of a URL lie, so that a save which is broken off leaves the one before it.
 *
 * The handlers for files and for the local storage overwrite in place, piece by piece. A URL of theirs has two slots,
 * `url/a` and `url/b`, each a saved model of its own. A save overwrites the slot that does not hold the newest whole
 * checkpoint; what is found is the newest whole one, by checksum and count of saves. So nothing need be renamed or deleted,
 * and what is written to is never what would be missed.
 *
 * Every other handler is given a checkpoint as a whole, by one call: IndexedDB replaces it in a transaction, a handler of
 * one's own as it can.
 */
import * as tf from '@tensorflow/tfjs';
import { refuse, shown } from '../check';
import { flush, makeFolder } from './flushedFiles';
import { opened, sealed, type State } from './sealed';

/** What `tf.LayersModel.save` takes: a URL such as `file://…` or `indexeddb://…`, or a handler. */
export type Destination = string | tf.io.IOHandler;

/** A checkpoint that was found and is whole. */
export interface Found {
  /** Who refuses what is wrong with it: its place is named. */
  who: string;
  artifacts: tf.io.ModelArtifacts;
  state: State;
}

/** A place without a whole checkpoint. */
interface Lost {
  why: 'missing' | 'damaged' | 'unreadable';
  error: Error;
}

const WHO = 'checkpoint';
const FILE = 'file://';
const INDEXED_DB = 'indexeddb://';
const TWO_SLOTS = [FILE, 'localstorage://'];

/** @throws if nothing can be saved there. */
export function checkDestination(to: unknown): asserts to is Destination {
  if (
    typeof to !== 'string' &&
    typeof (to as Partial<tf.io.IOHandler> | null | undefined)?.save !== 'function'
  )
    refuse(WHO, 'a URL or a save handler is needed', shown(to), "e.g. 'file://checkpoint'");
  saver(to as Destination);
}

/** Can be loaded what is saved there? */
export const canBeLoaded = (to: Destination): boolean =>
  typeof to === 'string' ? tf.io.getLoadHandlers(loadURL(to)).length > 0 : to.load !== undefined;

/** Saves a checkpoint; the one before it lasts until this one is whole. */
export async function store(
  to: Destination,
  artifacts: tf.io.ModelArtifacts,
  state: Omit<State, 'format' | 'save' | 'checksum'>,
): Promise<void> {
  checkDestination(to);
  await inTurn(to, async () => {
    const { place, save } = await nextPlace(to);
    if (isURL(place, FILE)) await makeFolder(pathOf(place));
    await saver(place).save!(sealed(artifacts, { ...state, save }));
    if (isURL(place, FILE)) {
      const folder = pathOf(place);
      await flush(
        [`${folder}/model.json`, `${folder}/weights.bin`],
        [folder, `${folder}/..`, `${folder}/../..`],
      );
    }
    // A transaction that reads begins when the one that writes has ended: only then is it stored.
    if (isURL(place, INDEXED_DB)) await loader(place).load!();
  });
}

/** The newest whole checkpoint; a damaged one beside it is warned about. @throws if there is none, and says why. */
export async function newest(from: Destination): Promise<Found> {
  const { found, lost } = await inTurn(from, () => search(from));
  const damaged = lost.filter(({ why }) => why !== 'missing').map(({ error }) => error.message);
  const first = found[0];
  if (first === undefined) {
    if (damaged.length > 0) throw new Error(damaged.join('\n'));
    return refuse(WHO, 'a saved checkpoint is needed', `nothing at ${shown(from)}`);
  }
  for (const message of damaged)
    console.warn(
      `tfjs-bnn: ${message} The intact one is used: ${first.who}, after epoch ${first.state.epoch}.`,
    );
  return first;
}

/** @throws where a place cannot be read, and may hold what must not be overwritten. */
async function nextPlace(to: Destination): Promise<{ place: Destination; save: number }> {
  const slots = slotsOf(to);
  if (slots.length === 1) return { place: slots[0]!, save: 1 };
  const { found, lost } = await search(to);
  const unreadable = lost.find(({ why }) => why === 'unreadable');
  if (unreadable !== undefined) throw unreadable.error;
  const [first] = found;
  const place = slots.find((slot) => first?.who !== whoAt(slot))!;
  return { place, save: (first?.state.save ?? 0) + 1 };
}

/** What is in all places, the newest first. */
async function search(from: Destination): Promise<{ found: Found[]; lost: Lost[] }> {
  const found: Found[] = [];
  const lost: Lost[] = [];
  for (const place of slotsOf(from)) {
    const result = await look(place);
    if ('state' in result) found.push(result);
    else lost.push(result);
  }
  // A checkpoint of the first format, or a slot that was named itself, has no slots below.
  if (typeof from === 'string' && slotsOf(from).length > 1 && found.length === 0) {
    const result = await look(baseOf(from));
    if ('state' in result) found.push(result);
    else if (lost.every(({ why }) => why === 'missing')) lost.push(result);
  }
  return { found: found.sort((a, b) => (b.state.save ?? 0) - (a.state.save ?? 0)), lost };
}

async function look(place: Destination): Promise<Found | Lost> {
  const who = whoAt(place);
  const handler = loader(place);
  let artifacts;
  try {
    artifacts = await handler.load!();
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    if (MISSING.test(message)) return { why: 'missing', error: error as Error };
    const why = code === undefined ? 'damaged' : 'unreadable';
    return {
      why,
      error: new Error(`${who}: it cannot be loaded, got the error: ${message}`, { cause: error }),
    };
  }
  try {
    return { who, artifacts, state: opened(who, artifacts) };
  } catch (error) {
    return { why: 'damaged', error: error as Error };
  }
}

/** What the handlers of TensorFlow.js say where nothing was ever saved: files, local storage, IndexedDB. */
const MISSING = /^Path .* does not exist|^In local storage, there is no model|^Cannot find model with path/;

function slotsOf(destination: Destination): Destination[] {
  if (!TWO_SLOTS.some((scheme) => isURL(destination, scheme))) return [destination];
  const base = baseOf(destination as string);
  return [`${base}/a`, `${base}/b`];
}

const isURL = (place: Destination, scheme: string): place is string =>
  typeof place === 'string' && place.startsWith(scheme);

/** `file://folder` of `file://folder/` and of `file://folder/model.json`, which `tf.loadLayersModel` takes. */
const baseOf = (url: string): string =>
  isURL(url, FILE) ? url.replace(/[/\\]model\.json$/, '').replace(/(?<=[^/])\/+$/, '') : url;

const loadURL = (url: string): string => (isURL(url, FILE) ? `${baseOf(url)}/model.json` : url);

const pathOf = (url: string): string => url.slice(FILE.length);

const whoAt = (place: Destination): string => (typeof place === 'string' ? `${WHO}: ${place}` : WHO);

function saver(to: Destination): tf.io.IOHandler {
  return typeof to === 'string' ? theOne(to, tf.io.getSaveHandlers(to)) : to;
}

/** As `tf.loadLayersModel` finds it: what nobody else knows is fetched. */
function loader(from: Destination): tf.io.IOHandler {
  if (typeof from !== 'string')
    return typeof from?.load === 'function'
      ? from
      : refuse(WHO, 'a URL or a load handler is needed', shown(from), "e.g. 'file://checkpoint'");
  if (from.trim() === '')
    refuse(WHO, 'a URL or a load handler is needed', shown(from), "e.g. 'file://checkpoint'");
  const handlers = tf.io.getLoadHandlers(loadURL(from));
  if (handlers.length === 0 && SCHEME.test(from)) return theOne(from, handlers);
  return theOne(from, handlers.length > 0 ? handlers : [tf.io.http(from)]);
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

function theOne(url: string, handlers: tf.io.IOHandler[]): tf.io.IOHandler {
  const [handler, ...others] = handlers;
  if (handler === undefined || others.length > 0)
    return refuse(
      WHO,
      'one handler must know the URL',
      `${handlers.length} for ${shown(url)}`,
      isURL(url, FILE) ? "import '@tensorflow/tfjs-node' first" : undefined,
    );
  return handler;
}

const turns = new Map<Destination, Promise<unknown>>();

/** What is done with one destination is done one after the other: two saves at once would share a slot. */
async function inTurn<T>(of: Destination, f: () => Promise<T>): Promise<T> {
  const key = typeof of === 'string' ? baseOf(of) : of;
  const turn = (turns.get(key) ?? Promise.resolve()).then(f, f);
  turns.set(key, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

/** A place that lasts as long as the program. */
export function inMemory(): tf.io.IOHandler {
  let kept: tf.io.ModelArtifacts | undefined;
  return {
    save: (artifacts) => {
      kept = artifacts;
      return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
    },
    load: () => (kept === undefined ? Promise.reject(new Error('nothing was saved')) : Promise.resolve(kept)),
  };
}
