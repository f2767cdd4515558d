/** The draws as they come in: their moments, and themselves where they are kept. */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { familyOf } from '../families/familyOf';
import { areProbabilities } from '../families/labels';
import type { Likelihood } from '../likelihoods/likelihood';
import { RunningMoments } from '../numerics/runningMoments';
import { checkFits, type Calibration } from './givenCalibration';

/** Up to so many numbers draws are kept unasked: 4 MB. */
export const CHEAP = 1e6;

/** Are draws kept? `cheap`: as long as they are few. */
export type Keeping = boolean | 'cheap';

/** One output of a model. */
export class Output {
  /** One for each batch of rows. */
  readonly tallies: Tally[] = [];
  /** Shape of one row. */
  shape: number[] = [];
  disposed = false;
  private settled = false;
  private kept = 0;

  constructor(
    private readonly who: string,
    readonly name: string,
    /** Without one, it is found out whether the output holds class probabilities. */
    public likelihood: Likelihood | undefined,
    private keeping: Keeping,
    readonly calibration?: Readonly<Calibration>,
  ) {}

  get keepsDraws(): boolean {
    return this.keeping !== false;
  }

  /** Takes over what folded draws [B·S, ...] made of a batch of rows. */
  async add(batch: number, folded: tf.Tensor, S: number): Promise<void> {
    try {
      if (!this.settled) await this.settle(folded);
      const tally = (this.tallies[batch] ??= new Tally());
      const calibrated = this.tempered(folded);
      try {
        tally.add(calibrated, S, this.likelihood);
        await this.keep(tally, calibrated, S);
      } finally {
        if (calibrated !== folded) calibrated.dispose();
      }
    } finally {
      folded.dispose();
    }
  }

  /** A temperature moves each draw by itself; a scale needs the mean of all, and waits for the result. */
  private tempered(folded: tf.Tensor): tf.Tensor {
    const T = this.calibration?.temperature;
    if (T === undefined) return folded;
    return tf.tidy(() => familyOf(this.likelihood!).tempered!(this.likelihood!, folded, T));
  }

  dispose(): void {
    this.disposed = true;
    this.tallies.forEach((tally) => tally.dispose());
  }

  private async keep(tally: Tally, folded: tf.Tensor, S: number): Promise<void> {
    this.kept += folded.size;
    if (this.keeping === 'cheap' && this.kept > CHEAP) {
      this.keeping = false;
      this.tallies.forEach((one) => (one.draws.length = 0));
    }
    if (this.keepsDraws) tally.draws.push({ numbers: ((await folded.data()) as Float32Array).slice(), S });
  }

  private async settle(y: tf.Tensor): Promise<void> {
    this.shape = y.shape.slice(1);
    if (this.likelihood === undefined) {
      if (await areProbabilities(y)) this.likelihood = { family: 'categorical' };
    } else {
      const family = familyOf(this.likelihood);
      const flaw =
        family.shapeFlaw?.(this.likelihood, y.shape) ?? (await family.valueFlaw?.(this.likelihood, y));
      if (flaw !== undefined) refuse(this.who, `${this.name} ${flaw.rule}`, flaw.got, flaw.remedy);
    }
    if (this.calibration !== undefined) checkFits(this.who, this.calibration, this.likelihood);
    this.settled = true;
  }
}

/** S draws of each row of a batch behind one another, out of reach of any backend. */
export interface Block {
  numbers: Float32Array;
  S: number;
}

/** One batch of rows of one output. */
class Tally {
  /** Of E[y | s]. */
  readonly values = new RunningMoments();
  readonly noise = new RunningMoments();
  readonly entropy = new RunningMoments();
  readonly draws: Block[] = [];

  add(folded: tf.Tensor, S: number, likelihood: Likelihood | undefined): void {
    tf.tidy(() => {
      const y = tf.reshape(folded, [folded.shape[0] / S, S, ...folded.shape.slice(1)]);
      const { value, noise, entropy } =
        likelihood === undefined ? { value: y } : familyOf(likelihood).read(likelihood, y);
      this.values.add(value, 1);
      if (noise !== undefined) this.noise.add(noise, 1);
      if (entropy !== undefined) this.entropy.add(entropy, 1);
    });
  }

  dispose(): void {
    this.values.dispose();
    this.noise.dispose();
    this.entropy.dispose();
    this.draws.length = 0;
  }
}
