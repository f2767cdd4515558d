// What the declarations of `tfjs-bnn/modular` name `tf`: TensorFlow.js without the packages that it does not need.
export * from '@tensorflow/tfjs-core';
export * from '@tensorflow/tfjs-layers';

export declare namespace data {
  /** A `tf.data.Dataset`, as far as it is used. */
  interface Dataset<T> {
    readonly size: number;
    iterator(): Promise<{ next(): Promise<IteratorResult<T>> }>;
  }
}
