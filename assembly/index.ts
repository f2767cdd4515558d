/** The kernels that are compiled to WebAssembly: plain loops over float32 arrays, four numbers at a time. */
export { filterGradient } from './convolution';
export { depthwiseFilterGradient } from './depthwise';
export { reparameterize, varianceGradient } from './draw';
export { normals } from './noise';
export { product } from './product';
export { columnSums } from './sums';
export { adam, lnScaleGradient, varianceAndKL } from './weights';
export * from './vectors';
