/* eslint-disable no-undef -- It runs in pages. */
/**
 * What the build for script tags is wrapped in: the global `tf` is TensorFlow.js, the global `bnn` becomes the package.
 * The build puts the package, in CommonJS, at PACKAGE.
 */
(function (make) {
  'use strict';
  function ofPage(tf) {
    const tag = '<script src="https://cdn.jsdelivr.net/npm/@tensorflow/tfjs@4/dist/tf.min.js"></script>';
    const fail = (rule, got, remedy) => {
      throw new Error('tfjs-bnn: ' + rule + ', got ' + got + '; ' + remedy);
    };
    if (tf == null || typeof tf.tensor !== 'function')
      fail(
        'TensorFlow.js must be loaded before',
        'no global tf',
        'put ' + tag + ' above the script of tfjs-bnn',
      );
    const version = String(tf.version_core);
    const [major, minor] = version.split('.').map(Number);
    if (major !== 4 || minor < 20)
      fail('TensorFlow.js must be of version 4.20 or a later 4', version, 'load another: ' + tag);
    if (tf.sequential == null)
      fail(
        'the global tf must have layers',
        'TensorFlow.js without them',
        'load tf-layers.min.js too, or all: ' + tag,
      );
    return tf;
  }

  const tf = ofPage(globalThis.tf);
  const bnn = {};
  make(bnn, () => tf);
  globalThis.bnn = bnn;
})(function (exports, require) {
  PACKAGE(exports, require);
});
