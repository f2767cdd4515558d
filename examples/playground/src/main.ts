/** The page: points and options go to the worker, views of what it learns come back and are shown. */
import { Announcer } from './announce';
import { dataControl, deleteControl, modeControls, shownControls } from './controls';
import { Crosshair } from './crosshair';
import { element } from '../../web/element';
import { Learner } from './learner';
import { mapLegend } from './mapLegend';
import { optionControls } from './optionControls';
import { forgetColours } from './palette';
import { plot } from './plot';
import { pointing } from './pointing';
import { firstState, share } from './share';
import { INITIAL, isAtRest, learnsOtherwise, problemOf, Store, type Shared } from './state';
import { strip } from './strip';
import { transport } from './transport';
import { here, story } from './words';

/** While a point is dragged, learning waits for the hand to rest so many milliseconds. */
const REST = 150;
const PACE = { moving: 60, still: 1500 };

const LEDE = {
  regression:
    'The dots are all that the net was told. Between them it has to guess. A Bayesian net holds many curves possible at once: where they run together it is sure, and in the gap, where they part, it says so. Click into the gap and place a dot there.',
  classification:
    'Dots of two classes are all that the net was told. A Bayesian net holds many borders between them possible at once: where they run together it is sure, and where they part it says so. Click somewhere and place another dot.',
};

const note = element('note');
const failure = element('failure');
const plotSvg = element<SVGSVGElement>('plot');
const announcer = new Announcer(element('status'));
const store = new Store({
  ...firstState(note),
  playing: true,
  awaited: true,
  label: 0,
  chosen: undefined,
  view: undefined,
});

const learner = new Learner(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }), {
  onView(view) {
    const { step, steps } = view.progress;
    store.set({ view, awaited: false, ...(step === steps ? { playing: false } : {}) });
    announcer.report(story(view, problemOf(store.now)), step === steps);
  },
  onFailure(message) {
    failure.hidden = false;
    failure.textContent = message;
  },
});

const crosshair: Crosshair = new Crosshair(
  store,
  (what) => announcer.say(what),
  () => picture.draw(),
);
const picture = plot(store, () => crosshair.place);
pointing(picture, store);
strip(store);
modeControls(store);
dataControl(store);
shownControls(store);
deleteControl(store);
optionControls(element('options'), store);
transport(store, learner);
share(store, note);
const drawLegend = mapLegend(store);

plotSvg.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (crosshair.press(event)) event.preventDefault();
});
plotSvg.addEventListener('blur', () => crosshair.leave());

/** What is known of the place under the pointer or the crosshair. */
const hereLine = element('here');
const hint = (): string =>
  (matchMedia('(pointer: coarse)').matches ? 'Tap' : 'Click') + ' to place a point, drag to move it.';
function showHere(place: { x: number; y: number } | undefined): void {
  const { view, mode } = store.now;
  const known = place !== undefined && view?.picture.mode === mode;
  hereLine.textContent = (known ? here(view.picture, place) : '') || hint();
}
plotSvg.addEventListener('pointermove', (event) => {
  const { left, top } = plotSvg.getBoundingClientRect();
  const { frame } = picture;
  showHere({ x: frame.x.at(event.clientX - left), y: frame.y.at(event.clientY - top) });
});
plotSvg.addEventListener('pointerleave', () => showHere(crosshair.place));
plotSvg.addEventListener('keydown', () => showHere(crosshair.place));

let timer: number | undefined;
store.watch((now, before) => {
  if (now === before) learner.start(problemOf(now), now.playing);
  else if (learnsOtherwise(now, before)) {
    window.clearTimeout(timer);
    // What was at rest learns again; what was paused waits.
    if (isAtRest(before)) store.set({ playing: true });
    timer = window.setTimeout(() => learner.start(problemOf(store.now), store.now.playing), REST);
  }
  if (now === before || now.mode !== before.mode) {
    element('lede').textContent = LEDE[now.mode];
    showHere(undefined);
  }
  const { mode, points } = store.now;
  plotSvg.ariaLabel = `${mode === 'regression' ? 'A curve' : 'Two classes'}, ${points[mode].length} points`;
});

element('again').addEventListener('click', () => {
  const first: Shared = { ...INITIAL, mode: store.now.mode };
  store.set({ ...first, chosen: undefined, label: 0, playing: true });
});

const still = matchMedia('(prefers-reduced-motion: reduce)');
const setPace = (): void => learner.pace(still.matches ? PACE.still : PACE.moving);
still.addEventListener('change', setPace);
setPace();

for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
  matchMedia(query).addEventListener('change', () => {
    forgetColours();
    drawLegend();
    picture.draw();
  });
