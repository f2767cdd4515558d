module.exports = require('./modular.cjs').layers;
