/** Gives jest the instrumented text of the mutated file. It stands in a file of its own, whose name is an option. */
import { readFileSync } from 'node:fs';
import tsJest from 'ts-jest';

export default {
  createTransformer({ text, tsconfig }) {
    // The default of a CommonJS module, which not every loader unwraps.
    const inner = (tsJest.default ?? tsJest).createTransformer({ tsconfig });
    const mutated = () => readFileSync(text, 'utf8');
    return {
      process: (_, path, options) => inner.process(mutated(), path, options),
      getCacheKey: (_, path, options) => inner.getCacheKey(mutated(), path, options),
    };
  },
};
