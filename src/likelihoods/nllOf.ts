/** The loss of a likelihood that is given as data. */
import { bernoulliNLL } from './bernoulli';
import { categoricalNLL } from './categorical';
import { gaussianNLL } from './gaussian';
import type { Likelihood, NegativeLogLikelihood } from './likelihood';
import { poissonNLL } from './poisson';
import { studentTNLL } from './studentT';

const LOSSES = {
  categorical: categoricalNLL,
  bernoulli: bernoulliNLL,
  gaussian: gaussianNLL,
  studentT: studentTNLL,
  poisson: poissonNLL,
} as Readonly<Record<Likelihood['family'], (options: object) => NegativeLogLikelihood>>;

export const nllOf = ({ family, ...options }: Likelihood): NegativeLogLikelihood => LOSSES[family](options);
