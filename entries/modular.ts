/**
 * `tfjs-bnn/modular`: the package on `@tensorflow/tfjs-core` and `@tensorflow/tfjs-layers` alone, for programs that choose
 * their backends. The build gives it what it needs of those two in the place of `@tensorflow/tfjs`.
 */
import './modularCopy';

export * from '../src';
