/** The controls about the picture: what is learned, from which data, and what of it is shown. */
import { element } from '../../web/element';
import { DATA_SETS, dataSet, nameOf } from './dataSets';
import { without } from './places';
import type { Label, Mode } from './problem';
import type { MapName, Store } from './state';

export function modeControls(store: Store): void {
  radios<Mode>(
    'modes',
    (mode) => store.set({ mode, chosen: undefined, view: undefined }),
    store,
    (now) => now.mode,
  );
  radios<string>(
    'labels',
    (label) => store.set({ label: Number(label) as Label }),
    store,
    (now) => String(now.label),
  );
  radios<MapName>(
    'maps',
    (map) => store.set({ map }),
    store,
    (now) => now.map,
  );
  store.watch(({ mode }) => {
    document.body.dataset.mode = mode;
  });
}

/** A data set replaces the points; points that are none of them are shown as the visitor's own. */
export function dataControl(store: Store): void {
  const select = element<HTMLSelectElement>('data');
  select.addEventListener('change', () => {
    const points = dataSet(store.now.mode, select.value);
    if (points !== undefined) store.setPoints(points);
  });
  let shown: Mode | undefined;
  store.watch(({ mode, points }) => {
    if (mode !== shown) {
      const titles = Object.entries<{ title: string }>(DATA_SETS[mode]);
      select.replaceChildren(
        ...titles.map(([name, { title }]) => new Option(title, name)),
        new Option('Your own points', 'own'),
      );
      select.options[titles.length]!.disabled = true;
      shown = mode;
    }
    select.value = nameOf(mode, points[mode]) ?? 'own';
  });
}

export function shownControls(store: Store): void {
  for (const box of document.querySelectorAll<HTMLInputElement>('[name=shown]')) {
    box.addEventListener('change', () =>
      store.set({ shown: { ...store.now.shown, [box.value]: box.checked } }),
    );
    store.watch(({ shown }) => {
      box.checked = shown[box.value as keyof typeof shown];
    });
  }
}

export function deleteControl(store: Store): void {
  const button = element<HTMLButtonElement>('delete');
  button.addEventListener('click', () => {
    const { chosen, mode, points } = store.now;
    if (chosen !== undefined) store.setPoints(without(points[mode], chosen));
  });
  store.watch(({ chosen }) => {
    // Not `disabled`: that would take the focus away from whoever presses it.
    button.ariaDisabled = String(chosen === undefined);
  });
}

function radios<Value extends string>(
  id: string,
  pick: (value: Value) => void,
  store: Store,
  valueOf: (now: Store['now']) => Value,
): void {
  const fieldset = element(id);
  fieldset.addEventListener('change', ({ target }) => pick((target as HTMLInputElement).value as Value));
  store.watch((now) => {
    fieldset.querySelector<HTMLInputElement>(`[value="${valueOf(now)}"]`)!.checked = true;
  });
}
