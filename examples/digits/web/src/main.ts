/** The page: what is drawn goes to the worker, what comes back is shown. */
import { readAbout } from './about';
import { announcer } from './announce';
import { bars } from './bars';
import { backendControls, drawControls, netControls, spoilControls } from './controls';
import { element } from '../../../web/element';
import { gist } from './gist';
import { glance } from './glance';
import { inkOf, type Image } from './image';
import { latest } from './latest';
import { Oracle } from './oracle';
import { Pad } from './pad';
import type { Backend } from './protocol';
import { readSamples, showSamples, type Sample } from './samples';
import { split } from './split';
import { rotate, spoil, UNSPOILT } from './spoil';
import { Store } from '../../../web/store';
import { INITIAL, type State } from './state';

/** What the page begins with: of the nets that come with it, one is sure of it and wrong. */
const FIRST = { digit: 8, example: 3, rotation: 75 };

const models = new URL('model/', document.baseURI).href;
const store = new Store<State>(INITIAL);
const oracle = new Oracle(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));
let backend: Backend = 'wasm';

const showBars = bars(element('bars'));
const showSplit = split(element('split'));
const showGlance = glance(element('glance'));
const gistLine = element('gist');
const announce = announcer(element('status'));
const failure = element('failure');
const time = element('time');
const hint = element('hint');
const seenCaption = element('seen-caption');
const seen = element<HTMLCanvasElement>('seen');
const padCanvas = element<HTMLCanvasElement>('pad');

const pad = new Pad(padCanvas, (image) =>
  store.set({ subject: image === undefined ? undefined : { image, name: 'your drawing' } }),
);

function pick({ image }: Sample, name: string): void {
  pad.show(image);
  store.set({ subject: { image, name }, spoiling: UNSPOILT });
}

const question = ({ subject, spoiling, draws, seed }: State) =>
  subject && { image: spoil(subject.image, spoiling), draws, seed };

const predict = latest(async (state: State) => {
  const asked = question(state);
  if (asked === undefined) return;
  try {
    const prediction = await oracle.ask('predict', asked);
    // Erased meanwhile: an answer to nothing.
    if (store.now.subject !== undefined) store.set({ prediction });
  } catch (error) {
    fail(error);
  }
}, showBusy);

const useBackend = latest(async (wanted: Backend) => {
  time.textContent = `Starting ${wanted} …`;
  try {
    await oracle.ask('use', { backend: wanted });
    backend = wanted;
    time.textContent = `Ready on ${backend}.`;
    predict(store.now);
  } catch (error) {
    time.textContent = `${(error as Error).message} Still on ${backend}.`;
    markBackend(backend);
  }
}, showBusy);

const markBackend = backendControls(useBackend);
spoilControls(store);
drawControls(store);
netControls(store);

element('erase').addEventListener('click', () => {
  pad.clear();
  store.set({ subject: undefined, spoiling: UNSPOILT, prediction: undefined });
});

store.watch((now, before) => {
  if (now.subject !== before.subject || now.spoiling !== before.spoiling) showSubject(now);
  if (now.subject?.name !== before.subject?.name) showSplit.forget();
  const asks = ['subject', 'spoiling', 'draws', 'seed'] as const;
  if (asks.some((key) => now[key] !== before[key])) predict(now);
  if (now.prediction !== before.prediction) showPrediction(now);
});

function showSubject({ subject, spoiling }: State): void {
  const image: Image | undefined = subject && spoil(subject.image, spoiling);
  const context = seen.getContext('2d')!;
  context.clearRect(0, 0, seen.width, seen.height);
  if (image !== undefined) context.putImageData(inkOf(image), 0, 0);
  padCanvas.ariaLabel = `Drawing pad, ${subject === undefined ? 'empty' : `it shows ${subject.name}`}`;
  seen.ariaLabel = `What the nets see, ${subject === undefined ? 'nothing' : described(subject.name, spoiling)}`;
  seenCaption.textContent = subject === undefined ? '28 × 28' : described('28 × 28', spoiling);
  hint.hidden = subject !== undefined;
}

function described(name: string, { rotation, inverted, noise }: State['spoiling']): string {
  return [
    name,
    ...(rotation === 0 ? [] : [`turned ${rotation}°`]),
    ...(inverted ? ['inverted'] : []),
    ...(noise === 0 ? [] : [`${Math.round(100 * noise)}% noise`]),
  ].join(', ');
}

/** How many of the two, the next answer and another backend, are awaited. */
let awaited = 0;
/** A screen reader waits with what is about to change; so do the tests. */
function showBusy(busy: boolean): void {
  awaited += busy ? 1 : -1;
  element('answers').ariaBusy = String(awaited > 0);
}

let predictions = 0;
function showPrediction({ prediction, draws, subject, spoiling }: State): void {
  const asked = subject && described(subject.name, spoiling);
  showBars(prediction);
  showSplit.show(prediction);
  showGlance(prediction);
  gistLine.textContent = prediction === undefined || asked === undefined ? '' : gist(asked, prediction);
  announce(prediction);
  if (prediction === undefined) return;
  const { bayesian, plain, tensors } = prediction;
  time.dataset.predictions = String(++predictions);
  time.dataset.tensors = String(tensors);
  time.textContent = `${milliseconds(bayesian.milliseconds)} for ${draws === 1 ? 'one draw' : `${draws} draws`}, ${milliseconds(plain.milliseconds)} for the plain net`;
}

const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

function fail(error: unknown): void {
  failure.hidden = false;
  failure.textContent = `${(error as Error).message} Without it this page has nothing to say. “npm start” trains the nets, “npm run page” shows them.`;
  time.textContent = 'There are no nets.';
}

/** A digit as no net has seen it in training: what the page is about. */
function showFirst(samples: Sample[]): void {
  const { digit, example, rotation } = FIRST;
  const first = samples.filter(({ label }) => label === digit)[example] ?? samples[0];
  if (first === undefined) return;
  const turned = { ...first, image: rotate(first.image, rotation) };
  pick(turned, `a test digit ${first.label}, turned by ${rotation}°`);
}

async function start(): Promise<void> {
  try {
    await oracle.ask('load', { folder: models });
    element('about').textContent = await readAbout(`${models}about.json`);
    await oracle.ask('use', { backend }).catch(() => {
      backend = 'cpu';
      return oracle.ask('use', { backend });
    });
    markBackend(backend);
    const samples = await readSamples(`${models}digits.json`);
    showSamples(samples, element('samples'), pick);
    if (store.now.subject === undefined) showFirst(samples);
    predict(store.now);
  } catch (error) {
    fail(error);
  }
}

void start();
