/** Damage to what is read from a file: JSON with keys dropped, renamed, replaced or added, numbers that are cut short. */
import fc from 'fast-check';
import type * as tf from '@tensorflow/tfjs';

export interface Damage {
  /** Which of the places in the JSON, by its number modulo their count. */
  place: number;
  how: 'drop' | 'replace' | 'double' | 'pollute';
  value: unknown;
  /** Bytes that the weights lose at their end, or gain where it is negative. */
  cut: number;
}

export const damage: fc.Arbitrary<Damage> = fc.record({
  place: fc.nat({ max: 1e6 }),
  how: fc.constantFrom('drop', 'replace', 'replace', 'double', 'pollute'),
  value: fc.oneof(
    fc.constantFrom<unknown>(
      null,
      -1,
      0,
      1,
      1.5,
      1e9,
      '',
      'x',
      '1',
      true,
      [],
      {},
      [[]],
      'float32',
      'int32',
      'uint8',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  ),
  cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -9, max: 40 })),
});

/** Bytes of the weights that are turned: at which place, modulo their count, and which of their bits. */
export const flips = fc.array(
  fc.record({ at: fc.nat({ max: 1e6 }), bits: fc.integer({ min: 1, max: 255 }) }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

/** A copy with such bytes; undefined where they turn one another back. */
export function flipped(
  artifacts: tf.io.ModelArtifacts,
  turned: ReadonlyArray<{ at: number; bits: number }>,
): tf.io.ModelArtifacts | undefined {
  const before = new Uint8Array(artifacts.weightData as ArrayBuffer);
  const bytes = before.slice();
  for (const { at, bits } of turned) bytes[at % bytes.length]! ^= bits;
  if (bytes.every((byte, i) => byte === before[i])) return undefined;
  return { ...artifacts, weightData: bytes.buffer };
}

type Json = Record<string, unknown>;

/** A damaged copy, as JSON.parse makes it: `__proto__` is a key like any other there. */
export function damaged(artifacts: tf.io.ModelArtifacts, damages: readonly Damage[]): tf.io.ModelArtifacts {
  const { weightData, ...rest } = artifacts;
  const json = JSON.parse(JSON.stringify(rest)) as Json;
  for (const one of damages) inflict(json, one);
  const cut = damages.reduce((sum, one) => sum + one.cut, 0);
  const bytes = new Uint8Array(weightData as ArrayBuffer);
  const length = Math.max(0, bytes.length - cut);
  const data = new Uint8Array(length);
  data.set(bytes.subarray(0, length));
  return { ...(JSON.parse(JSON.stringify(json)) as tf.io.ModelArtifacts), weightData: data.buffer };
}

/** Damages it in place. */
export function inflict(json: Json, { place, how, value }: Damage): void {
  const places = [...placesOf(json)];
  const { owner, key } = places[place % places.length]!;
  const before = owner[key];
  if (how === 'drop') {
    if (Array.isArray(owner)) owner.splice(Number(key), 1);
    else Reflect.deleteProperty(owner, key);
  } else if (how === 'double') {
    if (Array.isArray(owner)) owner.push(before);
    else owner[`${key}_2`] = before;
  } else if (how === 'pollute') {
    for (const name of ['__proto__', 'constructor'])
      Object.defineProperty(owner, name, {
        value: { polluted: 1, prototype: { polluted: 1 } },
        ...{ enumerable: true, configurable: true, writable: true },
      });
  } else owner[key] = value;
}

function* placesOf(owner: Json): Generator<{ owner: Json; key: string }> {
  for (const [key, inside] of Object.entries(owner)) {
    yield { owner, key };
    if (typeof inside === 'object' && inside !== null) yield* placesOf(inside as Json);
  }
}
