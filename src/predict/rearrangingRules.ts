/** Layers that move, copy or drop numbers, or leave them alone: they do so to the variances as to the means. */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { applied, appliedToBoth, WHO, type Rule, type Rules } from './momentRule';

/** Leaves everything as it is when it predicts. */
const nothing: Rule = (_, [x]) => x!;

export const REARRANGING_RULES: Rules = {
  Concatenate: appliedToBoth,
  Flatten: appliedToBoth,
  Reshape: appliedToBoth,
  Permute: appliedToBoth,
  RepeatVector: appliedToBoth,
  ZeroPadding2D: appliedToBoth,
  Cropping2D: appliedToBoth,
  UpSampling2D(layer, into) {
    const { interpolation } = layer.getConfig();
    if (interpolation === 'bilinear')
      refuse(WHO, "an upSampling2d with a rule has the interpolation 'nearest'", `bilinear in ${layer.name}`);
    return appliedToBoth(layer, into);
  },
  PredictedNoise: appliedToBoth,
  /** Beside the means a scale that is known. */
  LearnedNoise: (layer, [x]) => ({
    mean: applied(layer, x!.mean),
    variance: tf.concat([x!.variance, tf.zerosLike(x!.variance)], -1),
  }),
  Dropout: nothing,
  SpatialDropout1D: nothing,
  GaussianDropout: nothing,
  AlphaDropout: nothing,
  GaussianNoise: nothing,
};
