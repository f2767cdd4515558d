/**
 * Where a function on a grid crosses a level, as a path: marching squares (Lorensen & Cline 1987, in two dimensions), each
 * square by itself. A saddle is split by the mean of its corners.
 */
type Place = readonly [column: number, row: number];

export function contour(
  values: ArrayLike<number>,
  side: number,
  level: number,
  place: (column: number, row: number) => string,
): string {
  let path = '';
  const at = (column: number, row: number): number => values[row * side + column]! - level;
  for (let row = 0; row + 1 < side; row++)
    for (let column = 0; column + 1 < side; column++) {
      const corners: Place[] = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ];
      const heights = corners.map(([c, r]) => at(c, r));
      for (const [from, to] of segments(corners, heights)) path += `M${place(...from)}L${place(...to)}`;
    }
  return path;
}

function segments(corners: readonly Place[], heights: readonly number[]): Array<[Place, Place]> {
  // Where each edge is crossed, going round.
  const crossings = corners.flatMap((corner, i): Place[] => {
    const next = (i + 1) % 4;
    const [a, b] = [heights[i]!, heights[next]!];
    if (a > 0 === b > 0) return [];
    const part = a / (a - b);
    const along = (axis: 0 | 1): number => corner[axis] + part * (corners[next]![axis] - corner[axis]);
    return [[along(0), along(1)]];
  });
  const [first, second, third, fourth] = crossings;
  if (first === undefined || second === undefined) return [];
  if (third === undefined || fourth === undefined) return [[first, second]];
  const isMiddleAbove = heights.reduce((sum, height) => sum + height, 0) > 0;
  return isMiddleAbove === heights[0]! > 0
    ? [
        [first, second],
        [third, fourth],
      ]
    : [
        [fourth, first],
        [second, third],
      ];
}
