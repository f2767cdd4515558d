/** The checksum of a checkpoint: of what it is, and what it does not depend on. */
import type * as tf from '@tensorflow/tfjs';
import { crc32 } from '../../src/checkpoint/crc32';
import { opened, sealed, type State } from '../../src/checkpoint/sealed';

type Artifacts = tf.io.ModelArtifacts;

const weightData = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer;
const artifacts: Artifacts = {
  modelTopology: { b: [{ y: null, x: 1 }, 'z'], a: true },
  weightSpecs: [{ name: 'w', shape: [2], dtype: 'float32' }],
  weightData,
  userDefinedMetadata: { mine: 'yours' },
};
const state = { epoch: 3, optimizer: 'Adam', save: 1 };
const KEY = Object.keys(sealed(artifacts, state).userDefinedMetadata!).find((key) => key !== 'mine')!;

const stateIn = ({ userDefinedMetadata }: Artifacts): State =>
  (userDefinedMetadata as Record<string, State>)[KEY]!;
const checksumOf = (given: Artifacts, of: Omit<State, 'format'> = state): string =>
  stateIn(sealed(given, of)).checksum!;
const withState = (given: Artifacts, of: unknown): Artifacts => ({
  ...given,
  userDefinedMetadata: { ...given.userDefinedMetadata, [KEY]: of as object },
});

test('is the CRC-32 of the JSON, keys in order, and of the weight data', () => {
  const sums = Array.from({ length: 64 }, (_, epoch) => {
    const text =
      '[{"a":true,"b":[{"x":1,"y":null},"z"]},[{"dtype":"float32","name":"w","shape":[2]}],' +
      `{"mine":"yours","${KEY}":{"epoch":${epoch},"format":2,"optimizer":"Adam","save":1}}]`;
    const bytes = [...Buffer.from(text), ...new Uint8Array(weightData)];
    const expected = crc32(Uint8Array.from(bytes)).toString(16).padStart(8, '0');
    expect(checksumOf(artifacts, { ...state, epoch })).toBe(expected);
    return expected;
  });
  // Among them are some that begin with 0.
  expect(sums.some((sum) => sum.startsWith('0'))).toBe(true);
});

test('does not depend on the order of keys, nor on how the weight data are parted, nor on what else there is', () => {
  const others: Artifacts[] = [
    { ...artifacts, modelTopology: { a: true, b: [{ x: 1, y: null }, 'z'] } },
    { ...artifacts, weightSpecs: [{ dtype: 'float32', shape: [2], name: 'w' }] },
    { ...artifacts, weightData: [weightData.slice(0, 3), weightData.slice(3)] },
    { ...artifacts, generatedBy: 'another store' },
  ];
  for (const other of others) expect(checksumOf(other)).toBe(checksumOf(artifacts));
});

test('depends on everything else', () => {
  const others: Artifacts[] = [
    { ...artifacts, modelTopology: { a: true, b: ['z', { x: 1, y: null }] } },
    { ...artifacts, weightSpecs: [{ name: 'w', shape: [2, 1], dtype: 'float32' }] },
    { ...artifacts, weightData: weightData.slice(1) },
    { ...artifacts, weightData: undefined! },
    { ...artifacts, userDefinedMetadata: {} },
  ];
  const sums = others.map((other) => checksumOf(other));
  expect(new Set([...sums, checksumOf(artifacts)]).size).toBe(others.length + 1);
});

test('what is sealed is opened, with the metadata that it had', () => {
  const whole = sealed(artifacts, state);
  expect(whole.userDefinedMetadata).toMatchObject({ mine: 'yours' });
  expect(opened('who', whole)).toEqual({ format: 2, ...state, checksum: checksumOf(artifacts) });
});

test('another format stays what it is', () => {
  expect(opened('who', sealed(artifacts, { ...state, format: 3 })).format).toBe(3);
});

test.each<[string, (whole: Artifacts) => Artifacts]>([
  ['a weight', (whole) => ({ ...whole, weightData: weightData.slice(1) })],
  ['the topology', (whole) => ({ ...whole, modelTopology: {} })],
  ['the specs', (whole) => ({ ...whole, weightSpecs: [] })],
  ['the epoch', (whole) => withState(whole, { ...stateIn(whole), epoch: 4 })],
  ['the checksum', (whole) => withState(whole, { ...stateIn(whole), checksum: '00000000' })],
  ['no checksum', (whole) => withState(whole, { ...stateIn(whole), checksum: undefined })],
  [
    'the checksum of the first format',
    (whole) => withState(whole, { ...stateIn(whole), format: 1, checksum: '0' }),
  ],
])('refuses damage: %s', (_, damage) => {
  expect(() => opened('who', damage(sealed(artifacts, state)))).toThrow('who: it is damaged: the checksum');
});

test('the first format has no checksum', () => {
  const first = { format: 1, epoch: 3, optimizer: 'Adam' };
  expect(opened('who', withState(artifacts, first))).toEqual(first);
});

test.each<[string, Artifacts]>([
  ['no metadata', { ...artifacts, userDefinedMetadata: undefined! }],
  ['none of its own', artifacts],
  ['null', withState(artifacts, null)],
  ['a word', withState(artifacts, 'Adam')],
])('refuses what is no checkpoint: %s', (_, given) => {
  expect(() => opened('who', given)).toThrow('who: a saved checkpoint is needed, got a model without one');
});
