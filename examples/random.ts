/** Random numbers that a seed decides: TensorFlow.js shuffles with Math.random, so that no run could be repeated. */

/** Numbers in [0, 1), always the same ones for the same seeds: mulberry32 (Ettinger 2017). */
export function randomNumbers(...seeds: number[]): () => number {
  // Each seed is mixed in, so that (1, 2) and (2, 1) have nothing to do with each other.
  let state = seeds.reduce((mixed, seed) => mix(mixed ^ (seed >>> 0)) | 0, 0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
}

/** The items in a random order, which the seeds decide: Fisher & Yates, in a copy. */
export function shuffled<T>(items: ArrayLike<T>, ...seeds: number[]): T[] {
  const random = randomNumbers(...seeds);
  const order = Array.from(items);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function mix(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return t ^ (t >>> 14);
}
