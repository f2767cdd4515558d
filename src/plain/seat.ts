/** Where a layer stands whose counterpart in a plain net is made. */

export interface Seat {
  who: string;
  /** What the new layer is to have. */
  args: { name: string; trainable: boolean };
  /** Of the plain net's input, without the batch. */
  inputShape: Array<number | null>;
  /** Of the input's last axis, without the constant column. */
  width: number;
  /** The value of the constant column that the input of the plain net lacks, if it lacks one. */
  column: number | undefined;
}
