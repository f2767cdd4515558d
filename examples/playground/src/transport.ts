/** Play and pause, some steps, and back to the start; and how far the training is. */
import { element } from '../../web/element';
import type { Learner } from './learner';
import { problemOf, type Store } from './state';
import { story } from './words';

const FEW = 10;

export function transport(store: Store, learner: Learner): void {
  const play = element<HTMLButtonElement>('play');
  const step = element<HTMLButtonElement>('step');
  const progress = element<HTMLProgressElement>('progress');
  const words = element('story');
  const isAtRest = (): boolean => {
    const { view } = store.now;
    return view !== undefined && view.progress.step === view.progress.steps;
  };

  play.addEventListener('click', () => {
    if (store.now.playing) learner.pause();
    else if (isAtRest()) learner.start(problemOf(store.now), true);
    else learner.play();
    store.set({ playing: !store.now.playing });
  });
  step.addEventListener('click', () => {
    if (isAtRest()) return;
    learner.step(FEW);
    store.set({ playing: false });
  });
  element('reset').addEventListener('click', () => {
    learner.start(problemOf(store.now), false);
    store.set({ playing: false });
  });

  store.watch(({ playing, view, mode, points, options }) => {
    play.textContent = playing ? 'Pause' : isAtRest() ? 'Learn again' : 'Learn';
    step.ariaDisabled = String(isAtRest());
    // Of the problem as it was when this was learned, but for the moment until its first view comes.
    words.textContent =
      view === undefined ? 'Starting …' : story(view, { points: points[mode], options });
    progress.value = view === undefined || view.progress.steps === 0 ? 0 : view.progress.step / view.progress.steps;
    progress.dataset.step = String(view?.progress.step ?? '');
  });
}
