/**
 * `tfjs-bnn/modular/layers`: `layers` of `tfjs-bnn/modular` one by one. Not every bundler looks into an object of another
 * module for what a program names of it; of a module each does.
 */
import './modularCopy';

export * from '../src/layers/family';
