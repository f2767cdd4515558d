/** The controls beside the pad: what spoils a digit, how many draws, which net, which backend. */
import { element } from '../../../web/element';
import { BACKENDS, type Backend } from './protocol';
import { isSpoilt, UNSPOILT } from './spoil';
import type { Store } from '../../../web/store';
import type { Net, State } from './state';

export function spoilControls(store: Store<State>): void {
  const invert = element<HTMLButtonElement>('invert');
  const noise = element<HTMLButtonElement>('noise');
  const restore = element<HTMLButtonElement>('restore');
  const change = (by: (now: typeof UNSPOILT) => Partial<typeof UNSPOILT>) => () => {
    const { spoiling } = store.now;
    store.set({ spoiling: { ...spoiling, ...by(spoiling) } });
  };
  element('rotate').addEventListener(
    'click',
    change(({ rotation }) => ({ rotation: (rotation + 15) % 360 })),
  );
  invert.addEventListener(
    'click',
    change(({ inverted }) => ({ inverted: !inverted })),
  );
  noise.addEventListener(
    'click',
    change((now) => ({ noise: Math.min(1, now.noise + 0.2) })),
  );
  restore.addEventListener(
    'click',
    change(() => UNSPOILT),
  );
  store.watch(({ spoiling }) => {
    invert.ariaPressed = String(spoiling.inverted);
    // Not `disabled`: that would take the focus away from whoever presses it.
    restore.ariaDisabled = String(!isSpoilt(spoiling));
    noise.ariaDisabled = String(spoiling.noise >= 1);
  });
}

export function drawControls(store: Store<State>): void {
  const slider = element<HTMLInputElement>('draws');
  const value = element<HTMLOutputElement>('draws-value');
  slider.addEventListener('input', () => store.set({ draws: slider.valueAsNumber }));
  element('redraw').addEventListener('click', () => store.set({ seed: store.now.seed + 1 }));
  store.watch(({ draws }) => {
    slider.value = String(draws);
    value.value = String(draws);
  });
}

export function netControls(store: Store<State>): void {
  element('nets').addEventListener('change', ({ target }) =>
    store.set({ net: (target as HTMLInputElement).value as Net }),
  );
  store.watch(({ net }) => {
    document.body.dataset.net = net;
  });
}

/** @returns what marks a backend as the one in use. */
export function backendControls(onPick: (backend: Backend) => void): (backend: Backend) => void {
  const fieldset = element('backends');
  const here = BACKENDS.filter((name) => name !== 'webgpu' || (HAS_WEBGPU && 'gpu' in navigator));
  fieldset.insertAdjacentHTML(
    'beforeend',
    here
      .map(
        (name) => `<label><input type="radio" name="backend" value="${name}" /><span>${name}</span></label>`,
      )
      .join(''),
  );
  fieldset.addEventListener('change', ({ target }) => onPick((target as HTMLInputElement).value as Backend));
  return (backend) => {
    fieldset.querySelector<HTMLInputElement>(`[value=${backend}]`)!.checked = true;
  };
}
