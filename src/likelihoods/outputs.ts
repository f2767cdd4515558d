/**
 * What a loss needs of the model's output, looked at in the first batches.
 *
 * A last layer left at its default activation trains without an error under a loss that wants probabilities, to a loss
 * that no probabilities can have. Reading is done where it costs little (cpu, wasm, native): in the first calls of a loss
 * whatever the size, then only where it takes microseconds. NaN is let through: it is not the activation that made it, and
 * the loss is NaN then too.
 */
import type * as tf from '@tensorflow/tfjs';
import { isOnGPU, refuse } from '../check';
import { recordedTape } from '../op';

/** So many calls of a loss read any output. */
const FIRST_CALLS = 3;
/** Outputs of so many numbers are always read: some 20 microseconds. */
const FEW = 2 ** 13;
/** How far the sum of a row may be from 1, as for the metrics. */
const TOLERANCE = 1e-3;

/** Looks at outputs [B, ...] of one loss. @throws what the rule throws */
export type OutputCheck = (output: tf.Tensor) => void;

type Rule = (values: ArrayLike<number>, output: tf.Tensor) => void;

/** Makes the check of one loss, which counts its calls. */
function outputCheck(rule: Rule): OutputCheck {
  let calls = 0;
  return (output) => {
    if (isOnGPU()) return;
    calls += 1;
    if (calls <= FIRST_CALLS || output.size <= FEW) rule(output.dataSync(), output);
  };
}

/** Rows of class probabilities [..., C]. */
export function probabilitiesCheck(who: string): OutputCheck {
  const remedy =
    "let the last layer end in softmax, or say outputs: 'logits'; " +
    'for several yes-or-no labels of an example, use bernoulliNLL and a sigmoid';
  return outputCheck((values, { shape }) => {
    const C = shape.at(-1)!;
    for (let start = 0; start < values.length; start += C) {
      let sum = 0;
      for (let i = start; i < start + C; i++) {
        if (values[i]! < 0)
          refuse(who, 'yPred must hold class probabilities', `a value of ${values[i]!}`, remedy);
        sum += values[i]!;
      }
      if (Math.abs(sum - 1) > TOLERANCE)
        refuse(
          who,
          'every row of yPred must hold class probabilities, which sum to 1',
          `a sum of ${sum}`,
          remedy,
        );
    }
  });
}

/** Logits [..., C] of which one at least is a class that can be, and that are no softmax already. */
export function logitsCheck(who: string): OutputCheck {
  return outputCheck((values, { shape }) => {
    const C = shape.at(-1)!;
    if (recordedTape() !== undefined && looksLikeSoftmax(values, C))
      refuse(
        who,
        'yPred must hold logits',
        'rows that all sum to 1, as a softmax gives',
        "let the last layer be linear, or leave out outputs: 'logits'",
      );
    for (let start = 0; start < values.length; start += C) {
      let i = start;
      while (i < start + C && values[i] === -Infinity) i++;
      if (i === start + C)
        refuse(
          who,
          'every row of yPred must have a logit above -Infinity',
          'one with none',
          'leave at least one class possible',
        );
    }
  });
}

/** Probabilities of a yes, each by itself. */
export function sigmoidCheck(who: string): OutputCheck {
  const remedy = "let the last layer end in sigmoid, or say outputs: 'logits'";
  return outputCheck((values) => {
    // Rounding may leave a mean of ones above 1.
    for (let i = 0; i < values.length; i++)
      if (values[i]! < 0 || values[i]! > 1 + 1e-6)
        refuse(who, 'yPred must hold probabilities, from 0 to 1', `a value of ${values[i]!}`, remedy);
    const isOne = (v: number): boolean => v > 0.9999;
    if (recordedTape() !== undefined && looksLikeRelu(values) && !Array.from(values).some(isOne))
      refuse(who, 'yPred must hold probabilities, from 0 to 1', `what a relu gives, ${ZEROS}`, remedy);
  });
}

/**
 * Warns of means that a relu gives for targets below 0, which it does not reach. Once, and no refusal: a mean of at least 0
 * may be meant, and a few targets below it be noise.
 */
export function meansRemark(who: string): (targets: tf.Tensor, means: tf.Tensor) => void {
  let calls = 0;
  return (targets, means) => {
    if (calls === FIRST_CALLS || isOnGPU() || recordedTape() === undefined) return;
    calls += 1;
    const values = means.dataSync();
    // Zeros alone come from initial weights of 0, too.
    if (!looksLikeRelu(values) || values.some((v) => v < 0) || !values.some((v) => v > 0)) return;
    const below = targets.dataSync().filter((v) => v < 0).length;
    if (8 * below < targets.size) return;
    calls = FIRST_CALLS;
    console.warn(
      `tfjs-bnn: ${who}: the outputs look like those of a relu, which gives no negative numbers, and ${below} of ` +
        `${targets.size} targets are negative; let the last layer be linear.`,
    );
  };
}

/** Rates of counts. */
export function rateCheck(who: string): OutputCheck {
  const remedy = "let the last layer end in softplus, or say outputs: 'logRate' for a linear one";
  return outputCheck((values) => {
    for (let i = 0; i < values.length; i++)
      if (values[i]! < 0)
        refuse(who, 'yPred must hold rates of at least 0', `a value of ${values[i]!}`, remedy);
    if (recordedTape() !== undefined && looksLikeRelu(values))
      refuse(who, 'yPred must hold rates above 0', `what a relu gives, ${ZEROS}`, remedy);
  });
}

/** Linear outputs do not all sum to 1; of few rows that could be. */
function looksLikeSoftmax(values: ArrayLike<number>, C: number): boolean {
  if (values.length < 16) return false;
  for (let start = 0; start < values.length; start += C) {
    let sum = 0;
    for (let i = start; i < start + C; i++) {
      if (!(values[i]! >= 0)) return false;
      sum += values[i]!;
    }
    if (Math.abs(sum - 1) > 1e-4) return false;
  }
  return true;
}

const ZEROS = 'many zeros, which have no gradient';

/**
 * A relu gives about as many zeros as other numbers; a sigmoid or softplus gives its first 0 below a logit of −87. From
 * few numbers nothing can be told.
 */
function looksLikeRelu(values: ArrayLike<number>): boolean {
  let zeros = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === 0) zeros++;
  return values.length >= 16 && 8 * zeros >= values.length;
}
