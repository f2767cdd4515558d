import { load, mulAdd, store } from './lanes';

/**
 * C = A·B + b, A [m, k], B [k, n], each as it is or stored transposed: no copy is made of a transposed one.
 *
 * Eight columns of B at a time, packed side by side so that they stay in the first-level cache, meet four rows of A at a
 * time: eight sums of four numbers, which is what the sixteen registers of x64 hold beside their operands.
 *
 * @param bias b [n], or 0: then none is added
 * @param panel room for 8 · min(k, DEPTH) numbers
 */
export function product(
  A: usize,
  B: usize,
  C: usize,
  m: i32,
  n: i32,
  k: i32,
  transposedA: bool,
  transposedB: bool,
  bias: usize,
  panel: usize,
): void {
  const row: usize = transposedA ? 4 : (<usize>k) << 2;
  const step: usize = transposedA ? (<usize>m) << 2 : 4;
  // The gradient of a batch without rows: there is nothing to add, and C holds what was there before.
  if (k == 0) memory.fill(C, 0, (<usize>m * n) << 2);
  for (let start = 0; start < k; start += DEPTH) {
    const depth = min(k - start, DEPTH);
    for (let j = 0; j < n; j += 8) {
      const width = min(n - j, 8);
      if (transposedB) packTransposed(B + ((<usize>j * k + start) << 2), k, width, depth, panel);
      else pack(B + ((<usize>start * n + j) << 2), n, width, depth, panel);
      for (let i = 0; i < m; i += 4)
        tile(
          A + <usize>i * row + <usize>start * step,
          row,
          step,
          min(m - i, 4),
          panel,
          depth,
          C + ((<usize>i * n + j) << 2),
          (<usize>n) << 2,
          width,
          start > 0,
          bias && start == 0 ? bias + ((<usize>j) << 2) : 0,
        );
    }
  }
}

/** Rows of B that are packed at once: eight columns of them are 16 kB. */
const DEPTH: i32 = 512;

/**
 * Up to four rows by up to eight columns of C. Rows that are not there repeat the last one and are not stored.
 *
 * @param more are the sums added to what C holds?
 * @param first what each row's sums begin with, or 0 for none
 */
export function tile(
  a: usize,
  row: usize,
  step: usize,
  rows: i32,
  b: usize,
  depth: i32,
  c: usize,
  cRow: usize,
  width: i32,
  more: bool,
  first: usize,
): void {
  let a1 = rows > 1 ? a + row : a;
  let a2 = rows > 2 ? a1 + row : a1;
  let a3 = rows > 3 ? a2 + row : a2;
  let s00 = first ? load(first, width) : f32x4.splat(0);
  let s01 = first && width > 4 ? load(first + 16, width - 4) : f32x4.splat(0);
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  for (const end = b + ((<usize>depth) << 5); b < end; b += 32) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = mulAdd(x, b0, s00);
    s01 = mulAdd(x, b1, s01);
    x = v128.load32_splat(a1);
    s10 = mulAdd(x, b0, s10);
    s11 = mulAdd(x, b1, s11);
    x = v128.load32_splat(a2);
    s20 = mulAdd(x, b0, s20);
    s21 = mulAdd(x, b1, s21);
    x = v128.load32_splat(a3);
    s30 = mulAdd(x, b0, s30);
    s31 = mulAdd(x, b1, s31);
    a += step;
    a1 += step;
    a2 += step;
    a3 += step;
  }
  put(c, s00, s01, width, more);
  if (rows > 1) put(c + cRow, s10, s11, width, more);
  if (rows > 2) put(c + 2 * cRow, s20, s21, width, more);
  if (rows > 3) put(c + 3 * cRow, s30, s31, width, more);
}

/** Stores up to eight sums, or adds them to what is there. */
function put(c: usize, low: v128, high: v128, width: i32, more: bool): void {
  store(c, more ? f32x4.add(load(c, width), low) : low, width);
  if (width > 4) store(c + 16, more ? f32x4.add(load(c + 16, width - 4), high) : high, width - 4);
}

/** Rows of eight, filled up with zeros. */
function pack(b: usize, n: i32, width: i32, depth: i32, panel: usize): void {
  for (let p = 0; p < depth; p++) {
    v128.store(panel, load(b, width));
    v128.store(panel, width > 4 ? load(b + 16, width - 4) : f32x4.splat(0), 16);
    b += (<usize>n) << 2;
    panel += 32;
  }
}

function packTransposed(b: usize, k: i32, width: i32, depth: i32, panel: usize): void {
  for (let j = 0; j < 8; j++) {
    const from = b + ((<usize>j * k) << 2);
    for (let p = 0; p < depth; p++)
      f32.store(panel + ((<usize>p * 8 + j) << 2), j < width ? f32.load(from + ((<usize>p) << 2)) : 0);
  }
}
