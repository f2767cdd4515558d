/**
 * Everything that the package exports has an example in its docstring. Each runs as it stands, with what
 * `helpers/givenToExamples.ts` gives it; TypeScript takes it; and what its comments say comes out does.
 */
import * as tf from '@tensorflow/tfjs';
import * as bnn from '../src';
import { documented, typeErrors } from './helpers/docstrings';
import { startBackend } from './helpers/eachBackend';
import { make, names } from './helpers/givenToExamples';
import { runProgram } from './helpers/snippets';

const all = documented();
const examples = all.flatMap(({ name, examples }) => examples.map((code) => ({ name, code })));

beforeAll(async () => {
  await startBackend('cpu');
  keepModelsInMemory();
});

/** Those of `known` that a code may mean; what it declares itself hides them. */
const namedIn = (code: string, known: readonly string[]): string[] =>
  known.filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(code));

test('the exports are found', () => {
  const found = all.map(({ name }) => name);
  expect(found).toEqual(expect.arrayContaining(Object.keys(bnn)));
  expect(found).toEqual(expect.arrayContaining(Object.keys(bnn.layers).map((name) => `layers.${name}`)));
  const methods = ['VariationalLayer.kl', 'NamedPosteriors.posterior', 'Predictive.mean'];
  expect(found).toEqual(expect.arrayContaining(methods));
});

test('each says what it is, and has an example', () => {
  expect(all.filter(({ summary }) => summary === '').map(({ name }) => name)).toEqual([]);
  expect(all.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
});

test('TypeScript takes the examples', () => {
  const typed = examples.map(({ code }) => ({
    code,
    names: [...namedIn(code, names), ...namedIn(code, Object.keys(bnn))],
  }));
  expect(typeErrors(typed)).toEqual([]);
});

test.each(examples)('$name', async ({ code }) => {
  const given = Object.fromEntries(namedIn(code, names).map((name) => [name, make(name as never)]));
  const logged: unknown[] = [];
  const printed = await runProgram({ code: `${code}\nexport {};` }, { tf, ...bnn, ...given }, logged);
  expectSaid(code, '.print();', printed);
  expectSaid(code, 'console.log(', logged);
});

/** Node has no IndexedDB. */
function keepModelsInMemory(): void {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler: tf.io.IOHandler = {
    save: (artifacts) => {
      saved = artifacts;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    },
    load: () => Promise.resolve(saved!),
  };
  const router: Parameters<typeof tf.io.registerSaveRouter>[0] = (url) =>
    String(url).startsWith('indexeddb://') ? handler : null!;
  tf.io.registerSaveRouter(router);
  tf.io.registerLoadRouter(router);
}

/** `t.print(); // [0.5, 2]`, `console.log(shape); // [null, 3]`: a comment of numbers is what comes out, to the digits it has. */
function expectSaid(code: string, call: string, out: unknown[]): void {
  const lines = code.split('\n').filter((line) => line.includes(call));
  const said = lines.map((line) => / \/\/ ([-\d.,[\] nul]+)$/.exec(line)?.[1]);
  said.forEach((comment, i) => {
    if (comment === undefined) return;
    const numbers = comment.match(/-?\d+(\.\d+)?|null/g) ?? [];
    const got = [out[i]].flat() as Array<number | null>;
    const rounded = got.map((v, j) => v?.toFixed(numbers[j]?.split('.')[1]?.length ?? 0) ?? 'null');
    expect([comment, rounded]).toEqual([comment, numbers]);
  });
}
