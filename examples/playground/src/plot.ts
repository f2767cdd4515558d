/** The large picture: a curve with its bands, or a map of two classes with its borders; on top of it the points. */
import { classificationView } from './classificationView';
import { element } from '../../web/element';
import { Frame, type Layout } from './frame';
import { pointsView } from './pointsView';
import { PLANE, type Mode } from './problem';
import { regressionView } from './regressionView';
import type { Store } from './state';
import { svgElement } from './svg';

const LAYOUTS: Record<Mode, Layout> = {
  regression: {
    x: { range: PLANE.regression.x, label: 'x, what is given' },
    y: { range: PLANE.regression.y, label: 'y, what is guessed' },
    height: (width) => Math.max(280, Math.min(0.62 * width, 460)),
  },
  classification: {
    x: { range: PLANE.classification.x, label: 'first feature' },
    y: { range: PLANE.classification.y, label: 'second feature' },
    // Square between the axes.
    height: (width) => width - 54 + 52,
  },
};

export interface Plot {
  frame: Frame;
  /** Draws the state as it is now. */
  draw: () => void;
}

/** @param crosshair where the keyboard's crosshair stands, if it is shown. */
export function plot(store: Store, crosshair: () => { x: number; y: number } | undefined): Plot {
  const frame = new Frame(element<SVGSVGElement>('plot'), LAYOUTS[store.now.mode], draw);
  const layers = ['curves', 'borders', 'points'].map((name) => svgElement('g', { class: name }));
  frame.content.append(...layers);
  const [curves, borders, dots] = layers as [SVGGElement, SVGGElement, SVGGElement];
  const showRegression = regressionView(curves, frame);
  const showClassification = classificationView(borders, element<HTMLCanvasElement>('map'), frame);
  const showPoints = pointsView(dots, frame);

  function draw(): void {
    const { mode, view, shown, map, points, chosen } = store.now;
    // Of the mode that was shown before, until the first view of this one has come.
    const picture = view?.picture.mode === mode ? view.picture : undefined;
    showRegression(picture?.mode === 'regression' ? picture : undefined, shown);
    showClassification(picture?.mode === 'classification' ? picture : undefined, { map, shown });
    showPoints(points[mode], { chosen, crosshair: crosshair() });
  }

  store.watch((now, before) => {
    if (now.mode !== before.mode) frame.set(LAYOUTS[now.mode]);
    else draw();
  });
  return { frame, draw };
}
