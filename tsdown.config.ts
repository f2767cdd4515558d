import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  // Neutral: the same files run in Node and in browsers, so nothing of either may be assumed or replaced.
  platform: 'neutral',
  target: 'es2022',
  // The maps of the JavaScript carry the sources themselves, so that they resolve without `src` in the package; maps
  // of declarations cannot.
  sourcemap: true,
  dts: { sourcemap: true },
});
