/** The two kinds of doubt apart, along the x axis: what more points would tell, and what they would not. */
import { element } from '../../web/element';
import { Frame, type Layout } from './frame';
import { line } from './paths';
import { PLANE } from './problem';
import type { Store } from './state';
import { change, svgElement } from './svg';

const LEAST_TOP = 1;

const NAMES = {
  epistemic: 'epistemic: too few points here',
  aleatoric: 'aleatoric: the points scatter',
};

const layout = (top: number): Layout => ({
  x: { range: PLANE.regression.x, label: 'x' },
  y: { range: [0, top], label: '± in y' },
  height: () => 132,
  digits: top < 2 ? 1 : 0,
});

export function strip(store: Store): void {
  let top = LEAST_TOP;
  const frame = new Frame(element<SVGSVGElement>('strip'), layout(top), draw);
  const lines = (['aleatoric', 'epistemic'] as const).map((kind) => {
    const path = svgElement('path', { class: `${kind} line` });
    const name = svgElement('text', { class: `${kind} name` }, NAMES[kind]);
    frame.content.append(path, name);
    return { kind, path, name };
  });

  function draw(): void {
    const picture = store.now.view?.picture;
    for (const { kind, path, name } of lines)
      if (picture?.mode === 'regression') {
        change(path, { d: line(picture.x, picture[kind], frame.x, frame.y) });
        change(name, placeOf(kind));
        // On a phone both names in full would meet.
        name.textContent = frame.inner.width < 420 ? kind : NAMES[kind];
      }
  }

  /** The names stand at both ends, above the lines. */
  function placeOf(kind: keyof typeof NAMES): Record<string, string | number> {
    const { left, top: above, width } = frame.inner;
    return kind === 'epistemic'
      ? { x: left + 8, y: above + 14, 'text-anchor': 'start' }
      : { x: left + width - 8, y: above + 14, 'text-anchor': 'end' };
  }

  store.watch(({ view }, before) => {
    const picture = view?.picture;
    if (picture?.mode !== 'regression' || view === before.view) return;
    const most = Math.max(...picture.epistemic, ...picture.aleatoric, LEAST_TOP);
    // Rounded up, so that the axis does not move with every view.
    const wanted = [1, 2, 4, 8].find((one) => one >= most) ?? most;
    if (wanted === top) draw();
    else frame.set(layout((top = wanted)));
  });
}
