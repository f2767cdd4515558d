/** What the net has learned, in words: for those who look, and for those who listen. */
import { PLANE, type Point, type Problem } from './problem';
import type { ClassificationPicture, Picture, Progress, RegressionPicture, View } from './protocol';
import { numeral } from './scale';

/** A hole between points at least this wide is a gap, in the unit of x. */
const LEAST_GAP = 0.8;
/** Probability from which on a class is sure. */
const SURE = 0.9;

export function story(
  { progress, picture }: View,
  { points, options }: Pick<Problem, 'points' | 'options'>,
): string {
  const isPlain = options.layers === 'plain';
  if (progress.steps === 0)
    return isPlain
      ? 'No points yet, so nothing is learned: this is the net as it begins.'
      : 'No points yet: this is the prior, what the net holds possible before it has seen anything. Place a point.';
  return `${how(progress)} ${knows(picture, points, isPlain)}${loss(progress)}`;
}

/** How far it is: "Step 400 of 1,500." */
function how({ step, steps }: Progress): string {
  return step === steps
    ? `All ${grouped(steps)} steps are done.`
    : `Step ${grouped(step)} of ${grouped(steps)}.`;
}

/** The two parts of the loss, last, for those who know what they are. */
function loss({ nll, kl }: Progress): string {
  if (nll === undefined) return '';
  const moved = kl === undefined ? '' : `, moved from the prior (KL) ${numeral(kl, 2)}`;
  return ` Misfit (NLL) ${numeral(nll, 2)}${moved}, in nats per point.`;
}

const knows = (picture: Picture, points: readonly Point[], isPlain: boolean): string =>
  picture.mode === 'regression' ? knowsCurve(picture, points, isPlain) : knowsClass(picture, points, isPlain);

function knowsCurve(picture: RegressionPicture, points: readonly Point[], isPlain: boolean): string {
  const noise = `±${numeral(median(Array.from(picture.aleatoric)), 2)}`;
  if (isPlain)
    return `A plain net has one curve and no doubt about it, even where there are no points; it puts the scatter at ${noise}.`;
  const near = median(points.map(({ x }) => halfWidth(picture, x)));
  const sure = `Sure of the curve within ±${numeral(near, 1)} near the points`;
  const gap = widestGap(points);
  if (gap !== undefined) {
    const inside = Array.from(picture.x).filter((x) => x > gap[0] && x < gap[1]);
    const there = Math.max(...inside.map((x) => halfWidth(picture, x)));
    return `${sure}, ±${numeral(there, 1)} in the gap from ${numeral(gap[0], 1)} to ${numeral(gap[1], 1)}. The points scatter by ${noise}.`;
  }
  const [low, high] = PLANE.regression.x;
  const beyond = Math.max(halfWidth(picture, low), halfWidth(picture, high));
  return `${sure}, ±${numeral(beyond, 1)} at the edge of the picture. The points scatter by ${noise}.`;
}

function knowsClass(picture: ClassificationPicture, points: readonly Point[], isPlain: boolean): string {
  const sure =
    picture.probability.filter((p) => Math.max(p, 1 - p) >= SURE).length / picture.probability.length;
  const share = `Sure of the class in ${Math.round(100 * sure)}% of the picture`;
  if (isPlain) return `${share}, even far from all points: a plain net has one border and no doubt about it.`;
  const near = median(points.map((point) => at(picture, picture.epistemic, point)));
  const most = Math.max(...picture.epistemic);
  return `${share}. Epistemic doubt: ${numeral(near, 2)} nats at the points, up to ${numeral(most, 2)} elsewhere.`;
}

/** Of the band that 90 of 100 curves lie in. */
export function halfWidth({ x: xs, curve }: RegressionPicture, x: number): number {
  const i = Math.round(((x - xs[0]!) / (xs.at(-1)! - xs[0]!)) * (xs.length - 1));
  return (curve[90].upper[i]! - curve[90].lower[i]!) / 2;
}

/** The number of a map at a place. */
export function at(
  { side }: ClassificationPicture,
  map: Float32Array,
  { x, y }: { x: number; y: number },
): number {
  const index = (value: number, [low, high]: readonly [number, number]): number =>
    Math.round(((value - low) / (high - low)) * (side - 1));
  const plane = PLANE.classification;
  return map[(side - 1 - index(y, plane.y)) * side + index(x, plane.x)]!;
}

/** The widest hole between points that lie beside each other along x, if there is one worth the name. */
export function widestGap(points: readonly Point[]): [number, number] | undefined {
  const xs = points.map(({ x }) => x).sort((a, b) => a - b);
  let widest: [number, number] | undefined;
  for (const [i, x] of xs.slice(0, -1).entries()) {
    const next = xs[i + 1]!;
    if (next - x >= LEAST_GAP && next - x > (widest === undefined ? 0 : widest[1] - widest[0]))
      widest = [x, next];
  }
  return widest;
}

/** What stands under the pointer or the crosshair: "At x 0.20: y 0.4. Curve ±0.8, scatter ±0.2." */
export function here(picture: Picture, place: { x: number; y: number }): string {
  if (picture.mode === 'regression') {
    const { x: xs, mean, aleatoric } = picture;
    const i = Math.round(((place.x - xs[0]!) / (xs.at(-1)! - xs[0]!)) * (xs.length - 1));
    if (mean[i] === undefined) return '';
    return `At x ${numeral(xs[i]!, 1)} the guess is ${numeral(mean[i], 2)}; the curve within ±${numeral(halfWidth(picture, place.x), 2)}, scatter ±${numeral(aleatoric[i]!, 2)}`;
  }
  const p = at(picture, picture.probability, place);
  if (p === undefined) return '';
  const [kind, sure] = p < 0.5 ? ['A', 1 - p] : ['B', p];
  const nats = (map: Float32Array): string => numeral(at(picture, map, place), 2);
  return `Here class ${kind} with ${Math.round(100 * sure)}%; doubt ${nats(picture.total)} nats, ${nats(picture.epistemic)} of it epistemic`;
}

export const grouped = (count: number): string => count.toLocaleString('en');

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
