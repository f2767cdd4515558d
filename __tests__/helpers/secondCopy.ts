import * as tf from '@tensorflow/tfjs';

/** A module of `src` loaded once more, with the same TensorFlow.js: as ESM and CommonJS together have it. */
export function secondCopy<T extends object>(name: string): T {
  let copy: T | undefined;
  jest.isolateModules(() => {
    jest.doMock('@tensorflow/tfjs', () => tf);
    copy = jest.requireActual<T>(`../../src/${name}`);
    jest.dontMock('@tensorflow/tfjs');
  });
  return copy!;
}
