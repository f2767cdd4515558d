/** The front door of tfjs-bnn: what is exported here is public, and nothing is defined here. */
export { auroc } from './auroc';
export { expectedCalibrationError, type CalibrationErrorOptions } from './calibration';
export { HiddenLayerDistribution, type HiddenLayerDistributionOptions } from './distribution';
export type { EntropySplit } from './entropy';
export type { NonLinearity } from './layers/activation';
export type { Posterior } from './layers/bayesian';
export { HiddenLayer, hiddenLayer } from './layers/hidden';
export type { HiddenLayerOptions } from './layers/hiddenOptions';
export type { PriorScale } from './layers/prior';
export { gaussianNLL, type GaussianNLLOptions, type NegativeLogLikelihood } from './likelihoods';
export { brierScore, entropy, entropySplit, nll } from './metrics';
export { posteriorMean } from './posteriorMean';
export { predictive, type Predictive, type PredictiveOptions } from './predict';
export type { NumberPerExample } from './probabilities';
export { setDatasetSize, setKLWeight } from './train';
