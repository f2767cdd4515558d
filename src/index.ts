/** The front door of tfjs-bnn: what is exported here is public, and nothing is defined here. */
import './kernels/wasmGaps';
export { adam, type AdamOptions } from './adam';
export {
  abstentionThreshold,
  outOfDistributionThreshold,
  type Abstention,
  type AbstentionOptions,
  type OutOfDistributionOptions,
} from './metrics/abstention';
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
export type { ActivationLayer, ActivationName, NonLinearity, TensorFunction } from './layers/activation';
export { HiddenLayer, hiddenLayer, type Posterior, type PosteriorLike } from './layers/hidden';
export * as layers from './layers/family';
export type { BayesianConv1D, BayesianConv2D, BayesianConv3D } from './layers/conv';
export type { BayesianConv2DTranspose } from './layers/conv2dTranspose';
export type { BayesianDense, DenseOptions } from './layers/dense';
export type { BayesianDepthwiseConv2D, DepthwiseConv2DOptions } from './layers/depthwiseConv2d';
export type { BayesianEmbedding, EmbeddingOptions } from './layers/embedding';
export type { WindowOptions } from './layers/convolutionLayer';
export type { FamilyOptions } from './layers/familyOptions';
export type { ConvOptions } from './layers/filterLayer';
export type { MeanAndStddevOfWeights } from './layers/gaussianTensor';
export type { Initializer } from './layers/initializer';
export type { NestedArrays, PlainArrays } from './layers/plainArrays';
export type { PosteriorByName, PosteriorLikeByName } from './layers/posteriorByName';
export type { GRUOptions, LSTMOptions, SimpleRNNOptions } from './layers/recurrent';
export type { PriorOption } from './layers/tensorPrior';
export type { BayesianWrapper } from './layers/wrapper';
export type { BayesianWrapperOptions, PosteriorOptions, PriorNumbers } from './layers/wrapperOptions';
export type { HiddenLayerOptions, HiddenLayerSettings } from './layers/hiddenOptions';
export { LearnedNoise, learnedNoise, type LearnedNoiseOptions } from './layers/learnedNoise';
export { PredictedNoise, predictedNoise } from './layers/predictedNoise';
export type { PlainPriorScale, PriorScale } from './layers/prior';
export { bernoulliNLL, type BernoulliNLLOptions } from './likelihoods/bernoulli';
export { categoricalNLL, type CategoricalNLLOptions } from './likelihoods/categorical';
export { gaussianNLL, type GaussianNLLOptions } from './likelihoods/gaussian';
export type { Likelihood, NegativeLogLikelihood, Scale } from './likelihoods/likelihood';
export { poissonNLL, type PoissonNLLOptions } from './likelihoods/poisson';
export { meanAndStddev, withScaleColumns, type MeanAndStddev } from './likelihoods/scale';
export { studentTNLL, type StudentTNLLOptions } from './likelihoods/studentT';
export { logPredictiveDensity } from './metrics/logPredictiveDensity';
export { brierScore, entropy, entropySplit, nll } from './metrics/classScores';
export { pinballLoss, type PinballLossOptions } from './metrics/pinball';
export { posteriorMean } from './plain/posteriorMean';
export { posteriorSample, type PosteriorSampleOptions } from './plain/posteriorSample';
export { calibrate, type CalibrateOptions, type HeldOut } from './posthoc/calibrate';
export {
  conformalIntervals,
  conformalSets,
  conformalThresholds,
  type Conformal,
  type ConformalOptions,
  type ConformalScore,
} from './posthoc/conformal';
export { setCalibration, type Calibration, type GivenCalibration } from './predict/givenCalibration';
export { predictiveMoments, type PredictiveMoments, type PredictiveMomentsOptions } from './predict/moments';
export { predictive, type PredictiveOptions } from './predict/predictive';
export { predictiveStream, type Estimate, type PredictiveStreamOptions } from './predict/stream';
export type { Interval, Predictive, VarianceSplit } from './predict/result';
export type { LikelihoodLike } from './predict/givenLikelihood';
export type { ClassLabels, NumberPerExample } from './metrics/probabilities';
export { accuracyRejectionCurve, type AccuracyRejectionCurve } from './metrics/rejection';
export { checkpoint, type CheckpointOptions } from './checkpoint/checkpoint';
export {
  chooseKLWeight,
  type ChooseKLWeightOptions,
  type ChosenKLWeight,
  type KLWeightScore,
} from './train/chooseKLWeight';
export { diagnose, type Diagnosis, type DiagnoseOptions } from './diagnosis/diagnose';
export { elboReport, type ElboReportOptions } from './train/elboReport';
export {
  evaluateElbo,
  type ElboEstimate,
  type EvaluateElboOptions,
  type EvaluationData,
} from './train/evaluateElbo';
export { gradientClipping, type GradientClippingOptions } from './train/gradientClipping';
export { setDatasetSize, setKLWeight } from './train/klFactor';
export type { Fault, Finding, LayerDiagnosis } from './diagnosis/findings';
export { klWarmup, type KLWarmupOptions, type KLWarmupShape } from './train/klWarmup';
export {
  learningRateSchedule,
  type LearningRateScheduleOptions,
  type LearningRateShape,
} from './train/learningRateSchedule';
export type { ValidationReport } from './diagnosis/validation';
export { stopOnNaN } from './train/stopOnNaN';
export { trainingRecipe, type TrainingRecipeOptions } from './train/trainingRecipe';
export { tableRows } from './plots/tableRows';
export { weightHistogram, type WeightHistogram, type WeightHistogramOptions } from './plots/weightHistogram';
export { type Destination } from './checkpoint/checkpointPlaces';
export { latestCheckpoint, restoreCheckpoint, saveCheckpoint } from './checkpoint/savedTraining';
