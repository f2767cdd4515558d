/** The link in the address bar, which holds the whole state; and the button that copies it. */
import { element } from '../../web/element';
import { read, written } from './link';
import type { Shared, Store } from './state';

/** Browsers refuse more than some changes of the address per second. */
const REST = 250;

export function firstState(note: HTMLElement): Shared {
  const { shared, unread } = read(location.hash);
  showUnread(note, unread);
  return shared;
}

export function share(store: Store, note: HTMLElement): void {
  const words = element('shared');
  let timer: number | undefined;
  const write = (): void => {
    window.clearTimeout(timer);
    history.replaceState(null, '', `#${written(store.now)}`);
  };

  store.watch((now, before) => {
    if (now === before || written(now) === written(before)) return;
    words.textContent = '';
    note.hidden = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(write, REST);
  });

  addEventListener('hashchange', () => {
    const { shared, unread } = read(location.hash);
    if (written(shared) !== written(store.now)) store.set({ ...shared, chosen: undefined, view: undefined });
    showUnread(note, unread);
  });

  element('share').addEventListener('click', () => {
    write();
    navigator.clipboard.writeText(location.href).then(
      () => (words.textContent = 'Copied. Whoever opens it sees these points learned in the same way.'),
      () => (words.textContent = 'Take the link from the address bar: it holds points and settings.'),
    );
  });
}

function showUnread(note: HTMLElement, unread: readonly string[]): void {
  note.hidden = unread.length === 0;
  note.textContent = `This link could not be read in full: ${unread.map((name) => name.slice(0, 20)).join(', ')}. ${unread.length === 1 ? 'It is' : 'They are'} left as in the first view.`;
}
