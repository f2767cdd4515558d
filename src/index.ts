/** The front door of tfjs-bnn: what is exported here is public, and nothing is defined here. */
export { HiddenLayerDistribution, type HiddenLayerDistributionOptions } from './distribution';
export { HiddenLayer, hiddenLayer } from './layers/hidden';
export type { HiddenLayerOptions } from './layers/hiddenOptions';
