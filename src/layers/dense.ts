/** `tf.layers.dense` with a posterior over its kernel and bias: output = activation(X · kernel + bias). */
import { checkPositiveInteger, refuse, shownShape } from '../check';
import { dense as denseMap } from '../maps/dense';
import { brand } from './bayesian';
import { FamilyLayer, type Design } from './familyLayer';
import type { FamilyOptions } from './familyOptions';
import type { Shape } from './oneInput';
import { register } from './register';

export interface DenseOptions extends FamilyOptions {
  /** Number of units: the length of the output's last axis. */
  units: number;
}

const WHO = 'BayesianDense';

/**
 * Input [..., D] of rank 2 or more, output [..., units], as `tf.layers.dense` has it: no column of ones. Weights: means and
 * logarithms of stddevs of the kernel [D, units] and the bias [units].
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 */
export class BayesianDense extends FamilyLayer {
  static className = WHO;

  private readonly units: number;

  constructor(options: DenseOptions) {
    super(WHO, options, { units: options?.units });
    checkPositiveInteger(WHO, 'units', options.units);
    this.units = options.units;
  }

  protected override design(inputShape: Shape): Design {
    const D = inputShape.at(-1);
    if (inputShape.length < 2 || D == null)
      refuse(
        this.name,
        'the input must have at least two axes, the last of known length',
        shownShape(inputShape),
      );
    return { map: denseMap, name: 'kernel', kernel: [D, this.units], fanIn: D, fanOut: this.units };
  }
}

/**
 * A Bayesian `tf.layers.dense`: input [..., D] of rank 2 or more, output [..., units].
 *
 * @throws if an option is missing, unknown, of the wrong kind or out of range.
 *
 * @example
 * const model = tf.sequential({ layers: [
 *   layers.dense({ units: 32, activation: 'relu', inputShape: [4], datasetSize: 120 }),
 *   layers.dense({ units: 3, activation: 'softmax', datasetSize: 120 }),
 * ] });
 */
export function dense(options: DenseOptions): BayesianDense {
  return new BayesianDense(options);
}

brand(BayesianDense);
register(BayesianDense);
