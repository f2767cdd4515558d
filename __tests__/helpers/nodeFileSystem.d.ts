/** The file handler of the native backend, which may not be installed yet when types are checked. */
declare module '@tensorflow/tfjs-node/dist/io/file_system.js' {
  import type * as tf from '@tensorflow/tfjs';

  export const nodeFileSystemRouter: Parameters<typeof tf.io.registerSaveRouter>[0];
}
