/** `tfjs-bnn/modular` for CommonJS, where nothing is left out anyway: the build for script tags over core and layers. */
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { checkOneCopy } from './oneCopy';
import make from './tfjs-bnn.min.js';

const { Environment, serialization } = core;
checkOneCopy({
  Layer: layers.layers.Layer,
  Serializable: serialization.Serializable,
  Environment,
  env: core.env(),
});

export default make({ ...core, ...layers });
