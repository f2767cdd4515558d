import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  // Neutral: the same files run in Node and in browsers, so nothing of either may be assumed or replaced.
  platform: 'neutral',
  target: 'es2022',
  // `src` is published beside `dist`, so that the maps, those of the declarations too, lead to the sources.
  sourcemap: true,
  dts: { sourcemap: true },
  // Declarations take their time, and a warning does not make them faster.
  checks: { pluginTimings: false },
});
