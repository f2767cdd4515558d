/** A curve: where it lies, where a new point would fall, single draws, and the mean. */
import type { Frame } from './frame';
import { band, line } from './paths';
import type { RegressionPicture } from './protocol';
import type { Shown } from './state';
import { change, eachOf, svgElement } from './svg';

export function regressionView(
  parent: SVGGElement,
  frame: Frame,
): (picture: RegressionPicture | undefined, shown: Shown) => void {
  const path = (name: string): SVGPathElement => parent.appendChild(svgElement('path', { class: name }));
  const bands = {
    target: { 90: path('target-90'), 50: path('target-50') },
    curve: { 90: path('curve-90'), 50: path('curve-50') },
  };
  const draws = parent.appendChild(svgElement('g'));
  const mean = path('mean');

  return (picture, shown) => {
    const { x, y } = frame;
    for (const kind of ['target', 'curve'] as const)
      for (const level of [50, 90] as const) {
        const d = picture !== undefined && shown[kind] ? band(picture.x, picture[kind][level], x, y) : '';
        change(bands[kind][level], { d });
      }
    eachOf(
      draws,
      picture !== undefined && shown.draws ? picture.draws : [],
      () => svgElement('path', { class: 'draw' }),
      (one, ys) => change(one, { d: line(picture!.x, ys, x, y) }),
    );
    change(mean, { d: picture === undefined ? '' : line(picture.x, picture.mean, x, y) });
  };
}
