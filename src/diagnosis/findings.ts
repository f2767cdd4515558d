/** What the numbers of a diagnosis usually mean, in words, and what to try. The thresholds are rules of thumb. */
import type { GradientStatistics } from './gradientStatistics';
import type { PosteriorStatistics } from './posteriorStatistics';
import type { ValidationReport } from './validation';

export interface LayerDiagnosis extends PosteriorStatistics, Partial<GradientStatistics> {
  name: string;
  /** The layer's class: `'HiddenLayer'`, whose options have Pyro's names, `'BayesianDense'`, … */
  className: string;
  KL_factor: number;
  klWeight: number;
  /** KL_factor · N, which is 1 where the loss is the negative ELBO per example; undefined if N was not given. */
  factorTimesN: number | undefined;
  /** Stddev of the weights · √D at the start, the noise of a pre-activation relative to its inputs; undefined if not known. */
  initialNoise: number | undefined;
}

/** What went wrong, in one word for programs. */
export type Fault =
  | 'notFinite'
  | 'unreadScale'
  | 'constantOutput'
  | 'noiseTooSmall'
  | 'noiseTooLarge'
  | 'klFactor'
  | 'growingScales'
  | 'shrinkingScales'
  | 'largeInitialScales'
  | 'collapsedScales'
  | 'widePrior'
  | 'unitsOff'
  | 'underfit'
  | 'noBetterThanConstant'
  | 'overconfident'
  | 'underconfident';

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
  /** `ofInitial` and `ofPrior` are what the layers call their options. */
  remedy: string | ((ofInitial: string, ofPrior: string) => string);
}

const wrongFactor = ({ factorTimesN = 1 }: LayerDiagnosis): boolean => Math.abs(factorTimesN - 1) > 0.01;
/** Most weights are as the prior has them: the layer has learned next to nothing. */
const forgotten = ({ atPrior }: LayerDiagnosis): boolean => atPrior > 0.5;
/** Scales that are still on their way say nothing of it. */
const widePrior = ({ priorWidth, scaleSlope = 0 }: LayerDiagnosis): boolean =>
  priorWidth > 8 && !(Math.abs(scaleSlope) > 0.5);
const noisyStart = ({ initialNoise = 0 }: LayerDiagnosis): boolean => initialNoise > 0.5;
/** Most units have no part in what the layer computes. */
const switchedOff = ({ units }: LayerDiagnosis): boolean =>
  units !== undefined && units.of >= 4 && units.off > MANY * units.of;
const MANY = 0.75;
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const RECIPE =
  'Train with trainingRecipe(): the KL comes in slowly and the learning rate falls, so that units learn before the prior pulls. ' +
  'If that does not help, take a plain body with one Bayesian layer at its end.';

/** The likeliest cause first. A rule that explains what a later one would find comes before it. */
const RULES: Rule[] = [
  {
    fault: 'klFactor',
    applies: wrongFactor,
    meaning: ({ KL_factor, factorTimesN = 1 }) =>
      `the KL factor is ${KL_factor}, ${factorTimesN.toPrecision(3)} times 1/N: ` +
      (factorTimesN > 1
        ? 'the KL counts too much and drives the weights to the prior. (Batch size / N is for a likelihood that is summed over the batch; fit takes the mean.)'
        : 'the KL counts too little, and the uncertainty comes out too small.'),
    remedy: 'Call setDatasetSize(model, N); to temper, use klWeight.',
  },
  {
    fault: 'shrinkingScales',
    applies: ({ scaleSlope = 0 }) => scaleSlope > 0.5,
    meaning: ({ scaleSlope }) =>
      `the data pull the scales down with ${scaleSlope!.toPrecision(2)} times the force of the KL: they are still shrinking, as after a start that was too large.`,
    remedy: (ofInitial) =>
      `Train longer or with a larger learning rate, or start with a smaller ${ofInitial}.`,
  },
  {
    fault: 'largeInitialScales',
    applies: (layer) => forgotten(layer) && !wrongFactor(layer) && noisyStart(layer),
    meaning: ({ atPrior, initialNoise }) =>
      `${percent(atPrior)} of the weights are at the prior, and at the start the noise of a pre-activation was ${initialNoise!.toPrecision(2)} times its inputs: ` +
      'the means could not be learned through it, and the layer fell back to the prior.',
    remedy: (ofInitial) => `Start with a smaller ${ofInitial}; 0.1/√D is the default.`,
  },
  {
    fault: 'growingScales',
    applies: ({ scaleSlope = 0 }) => scaleSlope < -0.5,
    meaning: ({ scaleSlope }) =>
      `the KL pulls the scales up with ${percent(-scaleSlope!)} of its force, and the data do not resist: they are still growing, ` +
      'and this is an early-stopped net rather than a posterior.',
    remedy:
      'Train longer or with a larger learning rate: Adam moves ln stddev by about the learning rate per step.',
  },
  {
    fault: 'widePrior',
    applies: widePrior,
    meaning: ({ priorWidth }) =>
      `the prior is ${priorWidth.toPrecision(2)} times as wide as the weights that left it: each of them pays about ${Math.log(priorWidth).toFixed(1)} nats for that.`,
    remedy: (_, ofPrior) => `Try a smaller ${ofPrior}.`,
  },
  {
    fault: 'collapsedScales',
    // At rest a scale is as the data want it, however small.
    applies: (layer) =>
      layer.collapsed > 0.5 && !widePrior(layer) && !(Math.abs(layer.scaleSlope ?? 1) < 0.5),
    meaning: ({ collapsed }) =>
      `${percent(collapsed)} of the scales are smaller than this many data with this noise could make them: the weights are nearly deterministic, since the KL hardly counts or the scales started that small.`,
    remedy: (ofInitial) =>
      `Check that the KL is in the loss (its weight and its factor), and that ${ofInitial} is not too small.`,
  },
  {
    fault: 'unitsOff',
    applies: (layer) => switchedOff(layer) && !wrongFactor(layer) && !noisyStart(layer),
    meaning: ({ units, signalToNoise }) =>
      `${units!.off} of ${units!.of} units are switched off (the weights into them are at the prior; the median |mean|/stddev is ${signalToNoise.q50.toPrecision(2)}): ` +
      'the KL pruned them, usually before they had learned anything, or the data need no more of them.',
    remedy: RECIPE,
  },
  {
    fault: 'underfit',
    applies: (layer) => forgotten(layer) && !wrongFactor(layer) && !noisyStart(layer) && !switchedOff(layer),
    meaning: ({ atPrior }) =>
      `${percent(atPrior)} of the weights are at the prior, though the KL factor is right: they were pruned before they had learned anything, or the data say little about so many.`,
    remedy: RECIPE,
  },
];

/** One finding for each fault, with the layers that show it; the numbers are those of the first. */
export function findingsOf(layers: LayerDiagnosis[]): Finding[] {
  return RULES.flatMap(({ fault, applies, meaning, remedy }) => {
    const showing = layers.filter(applies);
    if (showing.length === 0) return [];
    const [ofInitial, ofPrior] = NAMES.map(([ofHidden, ofOthers]) =>
      [...new Set(showing.map((one) => (one.className === 'HiddenLayer' ? ofHidden : ofOthers)))].join(
        ' or ',
      ),
    ) as [string, string];
    return [
      {
        fault,
        layers: showing.map(({ name }) => name),
        meaning: meaning(showing[0]!),
        remedy: typeof remedy === 'string' ? remedy : remedy(ofInitial, ofPrior),
      },
    ];
  });
}

/** Of options: in a HiddenLayer, and in all others. */
const NAMES = [
  ['A_scale_initializer', 'initialStddev'],
  ['A_prior_scale', 'prior'],
] as const;

/** What the data that were not trained on show. */
export function validationFindings(report: ValidationReport): Finding[] {
  const { name, nll, standardError, constantNLL, coverage50, coverage90, verdict, calibrationError } = report;
  const findings: Finding[] = [];
  const found = (fault: Fault, meaning: string, remedy: string): number =>
    findings.push({ fault, layers: [name], meaning, remedy });
  if (nll > constantNLL - standardError)
    found(
      'noBetterThanConstant',
      `on validation data the NLL is ${nll.toPrecision(3)} nats per example, and that of one constant prediction ${constantNLL.toPrecision(3)}: nothing was learned that holds there.`,
      'See the other findings; if there are none, train longer, or the inputs say little about the targets.',
    );
  const shown =
    coverage90 === undefined
      ? `the calibration error is ${calibrationError.toPrecision(2)}`
      : `intervals of 50 and 90 % hold ${percent(coverage50!)} and ${percent(coverage90)} of the targets`;
  if (verdict === 'overconfident')
    found(
      'overconfident',
      `overconfident on validation data: ${shown}.`,
      'Check that the KL is in the loss and the noise is learned; if it overfits, take fewer epochs or checkpoint({best}).',
    );
  if (verdict === 'underconfident')
    found(
      'underconfident',
      `underconfident on validation data: ${shown}.`,
      'Train with trainingRecipe() until the posterior is at rest; check whether the stddev of the noise is too large.',
    );
  return findings;
}
