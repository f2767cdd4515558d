require('./tf.cjs').use(require('@tensorflow/tfjs'));
module.exports = require('./exports.cjs');
