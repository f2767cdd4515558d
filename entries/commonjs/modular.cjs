const core = require('@tensorflow/tfjs-core');
const layers = require('@tensorflow/tfjs-layers');
const { checkOneCopy } = require('./oneCopy.cjs');

const { Environment, serialization } = core;
checkOneCopy({
  Layer: layers.layers.Layer,
  Serializable: serialization.Serializable,
  Environment,
  env: core.env(),
});
require('./tf.cjs').use({ ...core, ...layers });
module.exports = require('./exports.cjs');
