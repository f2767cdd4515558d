/**
 * What holds for every call, whatever it gets: a value or one error of ours; no tensor left behind; nothing printed that
 * is not ours; nothing touched that it was not asked to; its arguments as they were.
 */
import * as tf from '@tensorflow/tfjs';
import * as bnn from '../../src/index';
import { HOSTILE, type Own, type Recipe } from './recipes';
import { differences, pictureOf, pictureOfWorld } from './world';
import { tolerated } from './tolerated';

export interface Callable {
  who: string;
  call: (...args: unknown[]) => unknown;
  /** Is it there to change what it gets? */
  changes?: boolean;
  /** Is there nothing to refuse? */
  sound?: boolean;
  /** Does what comes back belong to somebody else? */
  borrowed?: boolean;
}

/** `who: rule, got …`: who is an export, a callback, a metric that `compileMetric` got, or a layer by its name. */
const WHO = [
  ...Object.keys(bnn),
  'Bayesian\\w+',
  'layers\\.\\w+',
  'checkpoint',
  'Predictive',
  'throws',
  '\\w+_\\w+',
  'unbuilt',
].join('|');
const OURS = new RegExp(`^(tfjs-bnn|${WHO}): [^]+`);
const REFUSAL = new RegExp(`^(${WHO}): [^]+, got [^]+`);

const CONSOLE = ['debug', 'error', 'info', 'log', 'warn'] as const;

/** Calls, and says what is wrong with it; undefined where nothing is. What comes back is used, then disposed of. */
export async function violationOf(
  { who, call, changes = false, sound = false, borrowed = false }: Callable,
  args: readonly Recipe[],
  next: readonly Recipe[] = [],
): Promise<string | undefined> {
  const owned: tf.Tensor[] = [];
  const own: Own = (tensor) => {
    owned.push(tensor);
    return tensor;
  };
  const printed: string[] = [];
  const spies = CONSOLE.map((method) =>
    jest.spyOn(console, method).mockImplementation((...message: unknown[]) => {
      printed.push(String(message[0]));
    }),
  );
  const alive = countAlive();
  let wrong: string[] = [];
  try {
    const world = pictureOfWorld();
    const [values, nextValues] = [args, next].map((all) => all.map((one) => one.make(own))) as [
      unknown[],
      unknown[],
    ];
    const before = pictureOf([values, nextValues]);
    const error = await errorOf(async () => {
      const result = call(...values);
      if (!borrowed) await use(result, nextValues);
    });
    if (error !== undefined && (sound || !isOurs(who, error.thrown)))
      wrong.push(`threw ${textOf(error.thrown)}`);
    if (!(changes && error === undefined) && pictureOf([values, nextValues]) !== before)
      wrong.push('changed an argument');
    wrong.push(...differences(world, pictureOfWorld()).map((what) => `touched ${what}`));
  } finally {
    owned.filter((tensor) => !tensor.isDisposed).forEach((tensor) => tensor.dispose());
    // Some warnings come in a microtask.
    await Promise.resolve();
    spies.forEach((spy) => spy.mockRestore());
  }
  const left = countAlive() - alive;
  if (left !== 0) wrong.push(`left ${left} tensors`);
  wrong = [
    ...wrong,
    ...printed.filter((message) => !OURS.test(message)).map((message) => `printed ${message}`),
  ];
  return wrong.length === 0 ? undefined : wrong.join('; ');
}

const countAlive = (): number => tf.memory().numTensors;

function isOurs(who: string, thrown: unknown): boolean {
  if (!isError(thrown)) return false;
  return REFUSAL.test(thrown.message) || thrown.message === HOSTILE || tolerated(who, thrown.message);
}

/** Of whichever realm: typed arrays and WebAssembly throw those of the outer one. */
export const isError = (thrown: unknown): thrown is Error =>
  Object.prototype.toString.call(thrown) === '[object Error]';

export function textOf(thrown: unknown): string {
  if (!isError(thrown)) return typeof thrown;
  const place = /src\/[\w/]+\.ts:\d+/.exec(thrown.stack ?? '')?.[0] ?? 'nowhere in src';
  return `${thrown.name}: ${thrown.message.slice(0, 160)} (${place})`;
}

async function errorOf(block: () => Promise<void>): Promise<{ thrown: unknown } | undefined> {
  try {
    await block();
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}

/** Waits for it, looks at its first two items, calls it; then frees it. */
async function use(result: unknown, next: unknown[]): Promise<void> {
  const value = await result;
  if (isStream(value)) {
    let items = 0;
    for await (const _ of value) if (++items === 2) break;
  } else if (typeof value === 'function') free(await (value as (...args: unknown[]) => unknown)(...next));
  else free(value);
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

function free(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  // A layer has nothing to free before it is built, and says so.
  if (value instanceof tf.layers.Layer && !value.built) return;
  if (value instanceof tf.Tensor && value.isDisposed) return;
  if (Array.isArray(value)) value.forEach(free);
  else if (Object.getPrototypeOf(value) === Object.prototype) Object.values(value).forEach(free);
  else if (isDisposable(value)) value.dispose();
}

const isDisposable = (value: object): value is { dispose: () => void } =>
  'dispose' in value && typeof value.dispose === 'function';
