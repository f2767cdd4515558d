/** Four floats at a time, also the last one to three of an array: never a byte beyond it is touched. */

export function load(from: usize, count: i32): v128 {
  if (count >= 4) return v128.load(from);
  let x = f32x4.replace_lane(f32x4.splat(0), 0, f32.load(from));
  if (count > 1) x = f32x4.replace_lane(x, 1, f32.load(from, 4));
  if (count > 2) x = f32x4.replace_lane(x, 2, f32.load(from, 8));
  return x;
}

export function store(to: usize, x: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, x);
    return;
  }
  f32.store(to, f32x4.extract_lane(x, 0));
  if (count > 1) f32.store(to, f32x4.extract_lane(x, 1), 4);
  if (count > 2) f32.store(to, f32x4.extract_lane(x, 2), 8);
}

/** a·b + c */
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** a·b − c */
export function mulSub(a: v128, b: v128, c: v128): v128 {
  return f32x4.sub(f32x4.mul(a, b), c);
}
