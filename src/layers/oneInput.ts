/** A layer with one input gets it, or its shape, by itself or as a list of one. */
import { refuse, shown } from '../check';

export type Shape = Array<number | null>;

/** @throws if there are more, or none. */
export function oneInput<T>(who: string, inputs: T | T[]): T {
  if (!Array.isArray(inputs)) return inputs;
  if (inputs.length !== 1) refuse(who, 'one input is needed', shown(inputs), 'concatenate them first');
  return inputs[0] as T;
}

/** @throws if there are more. */
export function oneShape(who: string, shape: Shape | Shape[]): Shape {
  return Array.isArray(shape[0]) ? oneInput(who, shape as Shape[]) : (shape as Shape);
}
