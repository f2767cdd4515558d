/** The TensorFlow.js of this package as CommonJS: the first that an entry hands over. */
let current;
exports.use = (tf) => (current ??= tf);
