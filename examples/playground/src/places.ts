/** What happens to points, as functions of them: placed, moved, taken away, found. */
import { MAX_POINTS, placed, type Mode, type Point } from './problem';

interface Place {
  x: number;
  y: number;
}

/** With one more point; the same points where there are as many as there may be. */
export function withPoint(mode: Mode, points: readonly Point[], point: Point): readonly Point[] {
  return points.length >= MAX_POINTS ? points : [...points, placed(mode, point)];
}

export function withMoved(mode: Mode, points: readonly Point[], i: number, to: Place): readonly Point[] {
  return points.map((point, at) => (at === i ? placed(mode, { ...point, ...to }) : point));
}

export const without = (points: readonly Point[], i: number): readonly Point[] =>
  points.filter((_, at) => at !== i);

/** Number of the point that is nearest, if it is within reach; distances as `distance` measures them. */
export function nearest(
  points: readonly Point[],
  distance: (point: Point) => number,
  reach: number,
): number | undefined {
  let [best, found] = [reach, undefined as number | undefined];
  for (const [i, point] of points.entries()) {
    const d = distance(point);
    if (d <= best) [best, found] = [d, i];
  }
  return found;
}

/** The next point in the order from left to right, beginning anew behind the last; -1: the one before. */
export function neighbour(
  points: readonly Point[],
  from: number | undefined,
  by: 1 | -1,
): number | undefined {
  if (points.length === 0) return undefined;
  const order = [...points.keys()].sort((a, b) => points[a]!.x - points[b]!.x || points[a]!.y - points[b]!.y);
  const at = from === undefined ? (by === 1 ? -1 : 0) : order.indexOf(from);
  return order[(at + by + order.length) % order.length];
}
