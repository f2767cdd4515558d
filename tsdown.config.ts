import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'tsdown';

const common: UserConfig = {
  format: ['esm', 'cjs'],
  // Neutral: the same files run in Node and in browsers, so nothing of either may be assumed or replaced.
  platform: 'neutral',
  target: 'es2022',
  // `src` is published beside `dist`, so that the maps, those of the declarations too, lead to the sources.
  sourcemap: true,
  // Declarations take their time, and a warning does not make them faster.
  checks: { pluginTimings: false },
};

export default defineConfig([
  { ...common, entry: { index: 'src/index.ts' }, dts: { sourcemap: true } },
  {
    ...common,
    entry: { browser: 'src/index.ts' },
    dts: false,
    // What the other one has put there stays.
    clean: false,
    plugins: [
      {
        // An eighth of the bytes, which no page can use.
        name: 'without-the-native-backend',
        resolveId: (id: string) =>
          id === './native' ? fileURLToPath(new URL('src/kernels/noNative.ts', import.meta.url)) : undefined,
      },
    ],
  },
]);
