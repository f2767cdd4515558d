/** What the numbers of a diagnosis usually mean, in words, and what to try. The thresholds are rules of thumb. */
import type { GradientStatistics } from './gradientStatistics';
import type { PosteriorStatistics } from './posteriorStatistics';

export interface LayerDiagnosis extends PosteriorStatistics, Partial<GradientStatistics> {
  name: string;
  KL_factor: number;
  klWeight: number;
  /** KL_factor · N, which is 1 where the loss is the negative ELBO per example; undefined if N was not given. */
  factorTimesN: number | undefined;
  /** A_scale · √D at the start, the noise of a pre-activation relative to its inputs; undefined if not known. */
  initialNoise: number | undefined;
}

/** What went wrong, in one word for programs. */
export type Fault =
  | 'notFinite'
  | 'klFactor'
  | 'growingScales'
  | 'shrinkingScales'
  | 'largeInitialScales'
  | 'collapsedScales'
  | 'widePrior'
  | 'underfit';

export interface Finding {
  fault: Fault;
  /** The layers that show it, by name. */
  layers: string[];
  /** What was seen, and what it usually means. */
  meaning: string;
  /** What to try. */
  remedy: string;
}

interface Rule {
  fault: Fault;
  applies: (layer: LayerDiagnosis) => boolean;
  meaning: (layer: LayerDiagnosis) => string;
  remedy: string;
}

const wrongFactor = ({ factorTimesN = 1 }: LayerDiagnosis): boolean => Math.abs(factorTimesN - 1) > 0.01;
/** Most weights are as the prior has them: the layer has learned next to nothing. */
const forgotten = ({ atPrior }: LayerDiagnosis): boolean => atPrior > 0.5;
/** Scales that are still on their way say nothing of it. */
const widePrior = ({ priorWidth, scaleSlope = 0 }: LayerDiagnosis): boolean =>
  priorWidth > 8 && !(Math.abs(scaleSlope) > 0.5);
const noisyStart = ({ initialNoise = 0 }: LayerDiagnosis): boolean => initialNoise > 0.5;
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The likeliest cause first. A rule that explains what a later one would find comes before it. */
const RULES: Rule[] = [
  {
    fault: 'klFactor',
    applies: wrongFactor,
    meaning: ({ KL_factor, factorTimesN = 1 }) =>
      `KL_factor is ${KL_factor}, ${factorTimesN.toPrecision(3)} times 1/N: ` +
      (factorTimesN > 1
        ? 'the KL counts too much and drives the weights to the prior. (Batch size / N is for a likelihood that is summed over the batch; fit takes the mean.)'
        : 'the KL counts too little, and the uncertainty comes out too small.'),
    remedy: 'Call setDatasetSize(model, N); to temper, use klWeight.',
  },
  {
    fault: 'shrinkingScales',
    applies: ({ scaleSlope = 0 }) => scaleSlope > 0.5,
    meaning: ({ scaleSlope }) =>
      `the data pull the scales down with ${scaleSlope!.toPrecision(2)} times the force of the KL: they are still on their way down, as when they started too large.`,
    remedy: 'Train longer, with a larger learning rate, or start with a smaller A_scale_initializer.',
  },
  {
    fault: 'largeInitialScales',
    applies: (layer) => forgotten(layer) && !wrongFactor(layer) && noisyStart(layer),
    meaning: ({ atPrior, initialNoise }) =>
      `${percent(atPrior)} of the weights are at the prior, and at the start the noise of a pre-activation was ${initialNoise!.toPrecision(2)} times its inputs: ` +
      'the means could not be learned through it, and the layer fell back to the prior.',
    remedy: 'Start with a smaller A_scale_initializer; 0.1/√D is the default.',
  },
  {
    fault: 'growingScales',
    applies: ({ scaleSlope = 0 }) => scaleSlope < -0.5,
    meaning: ({ scaleSlope }) =>
      `the KL pulls the scales up with ${percent(-scaleSlope!)} of its force, and the data do not hold against it: they are still on their way up, ` +
      'and this is an early-stopped net rather than a posterior.',
    remedy:
      'Train longer or with a larger learning rate: Adam moves ln A_scale by about the learning rate in a step.',
  },
  {
    fault: 'widePrior',
    applies: widePrior,
    meaning: ({ priorWidth }) =>
      `the prior is ${priorWidth.toPrecision(2)} times as wide as the weights that left it: each of them pays about ${Math.log(priorWidth).toFixed(1)} nats for that.`,
    remedy: 'Try a smaller A_prior_scale.',
  },
  {
    fault: 'collapsedScales',
    applies: (layer) => layer.collapsed > 0.5 && !widePrior(layer),
    meaning: ({ collapsed }) =>
      `${percent(collapsed)} of the scales are below a thousandth of the prior’s: next to deterministic, by a KL that hardly counts or a start that small.`,
    remedy:
      'See that the KL is in the loss (klWeight, KL_factor), and that A_scale_initializer is not too small.',
  },
  {
    fault: 'underfit',
    applies: (layer) => forgotten(layer) && !wrongFactor(layer) && !noisyStart(layer),
    meaning: ({ atPrior }) =>
      `${percent(atPrior)} of the weights are at the prior at the right KL_factor: what a mean-field posterior does where there are far more weights than the data speak of.`,
    remedy:
      'Fewer weights, or a klWeight below 1 (a cold posterior, Wenzel et al. 2020; it is then no ELBO any more).',
  },
];

/** One finding for each fault, with the layers that show it; the numbers are those of the first. */
export function findingsOf(layers: LayerDiagnosis[]): Finding[] {
  return RULES.flatMap(({ fault, applies, meaning, remedy }) => {
    const showing = layers.filter(applies);
    if (showing.length === 0) return [];
    return [{ fault, layers: showing.map(({ name }) => name), meaning: meaning(showing[0]!), remedy }];
  });
}
