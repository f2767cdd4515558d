/**
 * The vectors that the loops need in every turn. They are variables of the module, and exported, so that no compiler
 * takes them for constants: V8 makes a constant vector anew wherever it is used, by three instructions, and loads a
 * variable by one.
 */
export let ONE: v128 = f32x4.splat(1);
export let HALF: v128 = f32x4.splat(0.5);
export let FOUR: v128 = f32x4.splat(4);

// 1/3, 1/5, 1/7, 1/9
export let THIRD: v128 = f32x4.splat(1 / 3.0);
export let FIFTH: v128 = f32x4.splat(1 / 5.0);
export let SEVENTH: v128 = f32x4.splat(1 / 7.0);
export let NINTH: v128 = f32x4.splat(1 / 9.0);

// 1/k! from 3! on
export let F3: v128 = f32x4.splat(1 / 6.0);
export let F4: v128 = f32x4.splat(1 / 24.0);
export let F5: v128 = f32x4.splat(1 / 120.0);
export let F6: v128 = f32x4.splat(1 / 720.0);
export let F7: v128 = f32x4.splat(1 / 5040.0);
export let F8: v128 = f32x4.splat(1 / 40320.0);
export let F9: v128 = f32x4.splat(1 / 362880.0);

/** 2 ln 2 */
export let LN4: v128 = f32x4.splat(1.38629436);
/** 1 / ln 2, and ln 2 in two parts, the first with zeros at its end. */
export let PER_LN2: v128 = f32x4.splat(1.44269504);
export let LN2: v128 = f32x4.splat(0.693359375);
export let LN2_REST: v128 = f32x4.splat(-0.00021219444);
/** Beyond these eˣ is 0 or infinite. */
export let LARGEST_EXPONENT: v128 = f32x4.splat(89);
export let SMALLEST_EXPONENT: v128 = f32x4.splat(-105);
/** What a float's exponent is stored with. */
export let EXPONENT_BIAS: v128 = i32x4.splat(127);

/** The sign of a float. */
export let SIGN: v128 = i32x4.splat(0x80000000);
/** The bits of the float √½. */
export let ROOT_HALF: v128 = i32x4.splat(0x3f3504f3);
/** π/4 / 2³¹ */
export let QUARTER: v128 = f32x4.splat(<f32>(3.141592653589793 / 4 / 2147483648.0));
/** The exponent of 2³¹. */
export let THIRTY_ONE: v128 = i32x4.splat(31);
/** Of murmur3's 32-bit finaliser. */
export let MURMUR1: v128 = i32x4.splat(0x85ebca6b);
export let MURMUR2: v128 = i32x4.splat(0xc2b2ae35);
