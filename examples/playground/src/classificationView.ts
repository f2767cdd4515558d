/** Two classes: a map of what is asked for, and the borders that are held possible. */
import { contour } from './contour';
import type { Frame } from './frame';
import { drawMap } from './heatMap';
import type { ClassificationPicture } from './protocol';
import type { State } from './state';
import { change, eachOf, svgElement } from './svg';

export function classificationView(
  parent: SVGGElement,
  canvas: HTMLCanvasElement,
  frame: Frame,
): (picture: ClassificationPicture | undefined, state: Pick<State, 'map' | 'shown'>) => void {
  const draws = parent.appendChild(svgElement('g'));
  const mean = parent.appendChild(svgElement('path', { class: 'mean' }));

  return (picture, { map, shown }) => {
    const { left, top, width, height } = frame.inner;
    canvas.hidden = picture === undefined;
    Object.assign(canvas.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`,
    });
    const tenth = (value: number): string => String(Math.round(10 * value) / 10);
    const place =
      (side: number) =>
      (column: number, row: number): string =>
        `${tenth(left + (width * column) / (side - 1))} ${tenth(top + (height * row) / (side - 1))}`;
    const border = (probabilities: Float32Array): string => {
      const { side } = picture!;
      return contour(probabilities, side, 0.5, place(side));
    };
    if (picture !== undefined) drawMap(canvas, picture, map);
    eachOf(
      draws,
      picture !== undefined && shown.draws ? picture.draws : [],
      () => svgElement('path', { class: 'draw' }),
      (one, probabilities) => change(one, { d: border(probabilities) }),
    );
    change(mean, { d: picture === undefined ? '' : border(picture.probability) });
  };
}
