/** What `@tensorflow/tfjs-node` needs to be so before it is loaded. */
import util from 'node:util';

/**
 * tfjs-node 4.22.0 takes two functions of `util` for granted that newer Nodes warn about and, from 23 on, lack.
 * The default import is the very object that its `require('util')` returns, so defining them here is enough,
 * and node_modules stays as published.
 */
export function prepareNative(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  });
  // Level 2 keeps errors and drops the greeting about CPU instructions.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}
