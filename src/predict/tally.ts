/** The draws as they come in: their moments, and themselves where they are asked for. */
import * as tf from '@tensorflow/tfjs';
import { refuse, shownShape } from '../check';
import { RunningMoments } from '../numerics/runningMoments';
import { areProbabilities, read, type Likelihood } from './likelihood';

/** One output of a model. */
export class Output {
  /** One for each batch of rows. */
  readonly tallies: Tally[] = [];
  private settled = false;

  constructor(
    private readonly who: string,
    readonly name: string,
    /** Without one, it is found out whether the output holds class probabilities. */
    public likelihood: Likelihood | undefined,
    readonly keepsDraws: boolean,
  ) {}

  /** Takes over what folded draws [B·S, ...] made of a batch of rows. */
  async add(batch: number, folded: tf.Tensor, S: number): Promise<void> {
    try {
      if (!this.settled) await this.settle(folded);
      (this.tallies[batch] ??= new Tally()).add(folded, S, this.likelihood, this.keepsDraws);
    } finally {
      folded.dispose();
    }
  }

  dispose(): void {
    this.tallies.forEach((tally) => tally.dispose());
  }

  private async settle(y: tf.Tensor): Promise<void> {
    const { likelihood } = this;
    if (likelihood === undefined) {
      if (await areProbabilities(y)) this.likelihood = { family: 'categorical' };
    } else if (likelihood.family === 'gaussian') {
      if (likelihood.stddev === 'output' && y.shape.at(-1)! % 2 !== 0)
        refuse(
          this.who,
          `${this.name} must hold K means and K raw scales [..., 2K]`,
          shownShape([null, ...y.shape.slice(1)]),
        );
    } else if (y.rank < 2 || y.shape.at(-1)! < 2)
      refuse(
        this.who,
        `${this.name} must have a column for each of two classes or more`,
        shownShape([null, ...y.shape.slice(1)]),
        `one column, or several labels that are yes or no, are no classes: ${NO_CLASSES}`,
      );
    else if (likelihood.outputs !== 'logits' && !(await areProbabilities(y)))
      refuse(
        this.who,
        `${this.name} must hold class probabilities`,
        'rows that do not sum to 1',
        `let the model end in softmax, or say outputs: 'logits'; if its columns are labels that are yes or no: ${NO_CLASSES}`,
      );
    this.settled = true;
  }
}

const NO_CLASSES = 'train with bernoulliNLL and a sigmoid, and leave the likelihood out';

/** One batch of rows of one output. */
class Tally {
  readonly values = new RunningMoments();
  readonly noise = new RunningMoments();
  readonly draws: tf.Tensor[] = [];

  add(folded: tf.Tensor, S: number, likelihood: Likelihood | undefined, keepsDraws: boolean): void {
    tf.tidy(() => {
      const y = tf.reshape(folded, [folded.shape[0] / S, S, ...folded.shape.slice(1)]);
      const { value, noise } = likelihood === undefined ? { value: y } : read(likelihood, y);
      this.values.add(value, 1);
      if (noise !== undefined) this.noise.add(noise, 1);
      if (keepsDraws) this.draws.push(tf.keep(y.clone()));
    });
  }

  dispose(): void {
    this.values.dispose();
    this.noise.dispose();
    tf.dispose(this.draws);
  }
}
