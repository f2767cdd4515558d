/** The points, and the crosshair of the keyboard. */
import type { Frame } from './frame';
import type { Point } from './problem';
import { change, eachOf, svgElement } from './svg';

export interface Marks {
  chosen: number | undefined;
  crosshair: { x: number; y: number } | undefined;
}

const CIRCLE = 'M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z';
const DIAMOND = 'M0-7 7 0 0 7-7 0Z';
const ARM = 13;

export function pointsView(
  parent: SVGGElement,
  frame: Frame,
): (points: readonly Point[], marks: Marks) => void {
  const ring = parent.appendChild(svgElement('circle', { class: 'chosen', r: 13 }));
  const dots = parent.appendChild(svgElement('g'));
  const cross = parent.appendChild(
    svgElement('path', { class: 'crosshair', d: `M${-ARM} 0H-4M4 0H${ARM}M0 ${-ARM}V-4M0 4V${ARM}` }),
  );
  const moved = ({ x, y }: { x: number; y: number }): string =>
    `translate(${frame.x(x).toFixed(1)} ${frame.y(y).toFixed(1)})`;
  const show = (one: Element, place: { x: number; y: number } | undefined): void => {
    change(one, { visibility: place === undefined ? 'hidden' : 'visible' });
    if (place !== undefined) change(one, { transform: moved(place) });
  };

  return (points, { chosen, crosshair }) => {
    eachOf(
      dots,
      points,
      () => svgElement('path'),
      (dot, point) =>
        change(dot, {
          class: `point ${point.label === 0 ? 'a' : 'b'}`,
          d: point.label === 0 ? CIRCLE : DIAMOND,
          transform: moved(point),
        }),
    );
    show(ring, chosen === undefined ? undefined : points[chosen]);
    show(cross, crosshair);
  };
}
