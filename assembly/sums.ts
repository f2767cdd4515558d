import { load, store } from './lanes';

/** The sums of the columns of A [m, n]: row by row, as it lies in memory. */
export function columnSums(A: usize, out: usize, m: i32, n: i32): void {
  memory.fill(out, 0, (<usize>n) << 2);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j += 4) {
      const at = (<usize>j) << 2;
      const rest = n - j;
      store(out + at, f32x4.add(load(out + at, rest), load(A + at, rest)), rest);
    }
    A += (<usize>n) << 2;
  }
}
