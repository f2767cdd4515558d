/**
 * Does time grow with batch and width as it does for the plain net? The slope of ln time over ln size, ours minus the
 * other's: 0 is the same growth. Two products stand against one: where they come to outweigh the calls, the ratio rises.
 */
import { compare } from '../measure';
import { bothCompiled, data, MNIST, rowName, type OptimizerName, type Sizes } from '../nets';
import type { Question } from '../question';

interface Point {
  size: number;
  ours: number;
  other: number;
}

async function point(
  size: number,
  { sizes, batch }: { sizes: Sizes; batch: number },
  optimizer: OptimizerName,
): Promise<Point> {
  const { x, y } = data(batch, sizes);
  const nets = bothCompiled(optimizer, { sizes });
  const { ours, other } = await compare(
    () => nets.ours.trainOnBatch(x, y),
    () => nets.other.trainOnBatch(x, y),
    1.5,
  );
  nets.ours.dispose();
  nets.other.dispose();
  return { size, ours, other };
}

function slope(points: Point[], time: 'ours' | 'other'): number {
  const [xs, ys] = [points.map(({ size }) => Math.log(size)), points.map((p) => Math.log(p[time]))];
  const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b) / numbers.length;
  const [mx, my] = [mean(xs), mean(ys)];
  return (
    xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i]! - my), 0) /
    xs.reduce((sum, x) => sum + (x - mx) ** 2, 0)
  );
}

const growth = (
  what: 'batch' | 'width',
  sizes: number[],
  at: (size: number) => { sizes: Sizes; batch: number },
  optimizer: OptimizerName,
): Question => ({
  name: rowName(`growth.${what}`, optimizer),
  what: `slope of a training step's time over the ${what}, beyond that of tf.layers.dense with ${optimizer}`,
  backend: 'native',
  goal: 0.1,
  unit: '',
  async measure() {
    const points: Point[] = [];
    for (const size of sizes) points.push(await point(size, at(size), optimizer));
    const [ours, other] = [slope(points, 'ours'), slope(points, 'other')];
    const ratios = points.map((p) => `${p.size}: ${(p.ours / p.other).toFixed(2)} ×`).join(', ');
    return { value: ours - other, detail: `slopes ${ours.toFixed(2)} and ${other.toFixed(2)}; ${ratios}` };
  },
});

export const questions = (['tf.train.adam', 'our adam'] as const).flatMap((optimizer) => [
  growth('batch', [32, 128, 512, 2048], (batch) => ({ sizes: MNIST, batch }), optimizer),
  growth(
    'width',
    [64, 256, 1024, 4096],
    (hidden) => ({ sizes: { ...MNIST, hidden }, batch: 128 }),
    optimizer,
  ),
]);
