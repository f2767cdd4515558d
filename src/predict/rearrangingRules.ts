/** Layers that move, copy or drop numbers, or leave them alone: they do so to the variances as to the means. */
import * as tf from '@tensorflow/tfjs';
import { refuse } from '../check';
import { applied, WHO, type Rule, type Rules } from './momentRule';

const rearranges: Rule = (layer, into) => ({
  mean: applied(layer, ...into.map(({ mean }) => mean)),
  variance: applied(layer, ...into.map(({ variance }) => variance)),
});

/** Leaves everything as it is when it predicts. */
const nothing: Rule = (_, [x]) => x!;

export const REARRANGING_RULES: Rules = {
  Concatenate: rearranges,
  Flatten: rearranges,
  Reshape: rearranges,
  Permute: rearranges,
  RepeatVector: rearranges,
  ZeroPadding2D: rearranges,
  Cropping2D: rearranges,
  UpSampling2D(layer, into) {
    const { interpolation } = layer.getConfig();
    if (interpolation === 'bilinear')
      refuse(WHO, "an upSampling2d with a rule has the interpolation 'nearest'", `bilinear in ${layer.name}`);
    return rearranges(layer, into);
  },
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
