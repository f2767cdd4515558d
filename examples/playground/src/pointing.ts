/** Mouse, pen and finger in the picture: a click places a point or chooses one, a drag moves one, two clicks take it away. */
import { nearest, withMoved, without, withPoint } from './places';
import type { Plot } from './plot';
import type { Store } from './state';

/** Pixels within which a point is meant; a finger needs more. */
const REACH = { mouse: 10, other: 18 };
/** Pixels from which on a movement is a drag. */
const DRAG = 4;
/** Milliseconds within which two clicks are one gesture. */
const TWO_CLICKS = 700;

interface Held {
  /** The point that was under the pointer. */
  point: number | undefined;
  from: { x: number; y: number };
  dragged: boolean;
}

export function pointing({ frame }: Plot, store: Store): void {
  const { svg } = frame;
  let held: Held | undefined;
  let lastPlaced = -Infinity;

  const at = (event: MouseEvent): { x: number; y: number } => {
    const { left, top } = svg.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const isInside = ({ x, y }: { x: number; y: number }): boolean => {
    const { left, top, width, height } = frame.inner;
    return x >= left && x <= left + width && y >= top && y <= top + height;
  };
  const under = (event: PointerEvent): number | undefined => {
    const { x, y } = at(event);
    return nearest(
      points(),
      (point) => Math.hypot(frame.x(point.x) - x, frame.y(point.y) - y),
      event.pointerType === 'mouse' ? REACH.mouse : REACH.other,
    );
  };
  const points = () => store.now.points[store.now.mode];
  const inPlane = ({ x, y }: { x: number; y: number }) => ({ x: frame.x.at(x), y: frame.y.at(y) });

  svg.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0 || !isInside(at(event))) return;
    held = { point: under(event), from: at(event), dragged: false };
  });

  svg.addEventListener('pointermove', (event) => {
    if (held === undefined) {
      svg.style.cursor = under(event) === undefined ? 'crosshair' : 'grab';
      return;
    }
    const to = at(event);
    if (
      held.point === undefined ||
      (!held.dragged && Math.hypot(to.x - held.from.x, to.y - held.from.y) < DRAG)
    )
      return;
    held.dragged = true;
    svg.setPointerCapture(event.pointerId);
    store.setPoints(withMoved(store.now.mode, points(), held.point, inPlane(to)), held.point);
  });

  // A finger that scrolls the page places nothing.
  svg.addEventListener('pointercancel', () => (held = undefined));

  svg.addEventListener('pointerup', (event) => {
    const was = held;
    held = undefined;
    if (was === undefined || was.dragged) return;
    const { mode, label, chosen } = store.now;
    if (was.point !== undefined) store.set({ chosen: was.point === chosen ? undefined : was.point });
    else if (Math.hypot(at(event).x - was.from.x, at(event).y - was.from.y) < 2 * DRAG) {
      lastPlaced = event.timeStamp;
      store.setPoints(withPoint(mode, points(), { ...inPlane(was.from), label }));
    }
  });

  svg.addEventListener('dblclick', (event) => {
    // Two quick clicks beside all points place one, and do not take it away again.
    if (event.timeStamp - lastPlaced < TWO_CLICKS) return;
    const found = under(event as PointerEvent);
    if (found !== undefined) store.setPoints(without(points(), found));
  });
}
