/** Play and pause, some steps, and back to the start; and how far the training is. */
import { element } from '../../web/element';
import type { Learner } from './learner';
import { isAtRest, problemOf, type Store } from './state';
import { story } from './words';

const FEW = 10;

export function transport(store: Store, learner: Learner): void {
  const play = element<HTMLButtonElement>('play');
  const step = element<HTMLButtonElement>('step');
  const progress = element<HTMLProgressElement>('progress');
  const words = element('story');
  play.addEventListener('click', () => {
    if (store.now.playing) learner.pause();
    else if (isAtRest(store.now)) begin(true);
    else learner.play();
    store.set({ playing: !store.now.playing });
  });
  step.addEventListener('click', () => {
    if (isAtRest(store.now)) return;
    learner.step(FEW);
    store.set({ playing: false });
  });
  element('reset').addEventListener('click', () => {
    begin(false);
    store.set({ playing: false });
  });

  function begin(playing: boolean): void {
    learner.start(problemOf(store.now), playing);
    store.set({ awaited: true });
  }

  store.watch((now) => {
    const { playing, awaited, view, mode, points, options } = now;
    play.textContent = playing ? 'Pause' : isAtRest(now) ? 'Learn again' : 'Learn';
    step.ariaDisabled = String(isAtRest(now));
    element('learning').ariaBusy = String(playing || awaited);
    if (view === undefined) words.textContent = 'Starting …';
    // What is awaited has other points than those of this view.
    else if (!awaited) words.textContent = story(view, { points: points[mode], options });
    progress.value =
      view === undefined || view.progress.steps === 0 ? 0 : view.progress.step / view.progress.steps;
  });
}
