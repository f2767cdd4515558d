/** The front door of tfjs-bnn: what is exported here is public, and nothing is defined here. */
import './kernels/wasmGaps';
export { adam, type AdamOptions } from './adam';
export { auroc, outOfDistributionAUROC } from './metrics/auroc';
export {
  expectedCalibrationError,
  reliabilityTable,
  type CalibrationOptions,
  type ReliabilityTable,
} from './metrics/calibration';
export { compileMetric, type ClassMetric } from './metrics/compileMetric';
export { crpsEnsemble, crpsGaussian } from './metrics/crps';
export { HiddenLayerDistribution, type HiddenLayerDistributionOptions } from './distribution';
export type { EntropySplit } from './numerics/entropy';
export { intervalCoverage, sharpness, type Bounds } from './metrics/interval';
export type { NonLinearity } from './layers/activation';
export { HiddenLayer, hiddenLayer, type Posterior, type PosteriorLike } from './layers/hidden';
export { layers } from './layers/family';
export type { HiddenLayerOptions } from './layers/hiddenOptions';
export { LearnedNoise, learnedNoise, type LearnedNoiseOptions } from './layers/learnedNoise';
export type { PriorScale } from './layers/prior';
export { bernoulliNLL, type BernoulliNLLOptions } from './likelihoods/bernoulli';
export { categoricalNLL, type CategoricalNLLOptions } from './likelihoods/categorical';
export { gaussianNLL, type GaussianNLLOptions } from './likelihoods/gaussian';
export type { NegativeLogLikelihood } from './likelihoods/likelihood';
export { poissonNLL, type PoissonNLLOptions } from './likelihoods/poisson';
export { meanAndStddev, withScaleColumns, type MeanAndStddev, type Scale } from './likelihoods/scale';
export { studentTNLL, type StudentTNLLOptions } from './likelihoods/studentT';
export { logPredictiveDensity } from './metrics/logPredictiveDensity';
export { brierScore, entropy, entropySplit, nll } from './metrics/classScores';
export { pinballLoss, type PinballLossOptions } from './metrics/pinball';
export { posteriorMean } from './plain/posteriorMean';
export { posteriorSample, type PosteriorSampleOptions } from './plain/posteriorSample';
export { predictiveMoments, type PredictiveMoments, type PredictiveMomentsOptions } from './predict/moments';
export { predictive, type PredictiveOptions } from './predict/predictive';
export { predictiveStream, type Estimate, type PredictiveStreamOptions } from './predict/stream';
export type { Interval, Predictive, VarianceSplit } from './predict/result';
export type { Likelihood } from './predict/likelihood';
export type { ClassLabels, NumberPerExample } from './metrics/probabilities';
export { accuracyRejectionCurve, type AccuracyRejectionCurve } from './metrics/rejection';
export { checkpoint, type CheckpointOptions } from './train/checkpoint';
export { diagnose, type Diagnosis, type DiagnoseOptions } from './train/diagnose';
export { elboReport, type ElboReportOptions } from './train/elboReport';
export {
  evaluateElbo,
  type ElboEstimate,
  type EvaluateElboOptions,
  type EvaluationData,
} from './train/evaluateElbo';
export { setDatasetSize, setKLWeight } from './train/klFactor';
export type { Fault, Finding, LayerDiagnosis } from './train/findings';
export { klWarmup, type KLWarmupOptions, type KLWarmupShape } from './train/klWarmup';
export {
  learningRateSchedule,
  type LearningRateScheduleOptions,
  type LearningRateShape,
} from './train/learningRateSchedule';
export { stopOnNaN, type StopOnNaNOptions } from './train/stopOnNaN';
export { trainingRecipe, type TrainingRecipeOptions } from './train/trainingRecipe';
export { tableRows } from './plots/tableRows';
export { weightHistogram, type WeightHistogram, type WeightHistogramOptions } from './plots/weightHistogram';
export { type Destination } from './train/checkpointPlaces';
export { latestCheckpoint, restoreCheckpoint, saveCheckpoint } from './train/savedTraining';
