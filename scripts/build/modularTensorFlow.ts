/**
 * For the modular build: `@tensorflow/tfjs` is what `src` uses of it, name by name out of core and layers.
 *
 * By name, not by `export *`, so that a bundler can leave out what nobody uses.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'rolldown';
import { filesUnder } from './filesUnder';

const { resolve } = createRequire(import.meta.url);
const require = createRequire(import.meta.url);
const UNION = '@tensorflow/tfjs';
const PACKAGES = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];
const MODULE = '\0modular-tensorflow';

export function modularTensorFlow(folders: string[]): Plugin {
  return {
    name: 'modular-tensorflow',
    resolveId: { order: 'pre', handler: (id) => (id === UNION ? MODULE : undefined) },
    load: (id) => (id === MODULE ? reexports(folders) : undefined),
  };
}

function reexports(folders: string[]): string {
  const text = folders.flatMap(filesUnder).map((file) => readFileSync(file, 'utf8'));
  const names = new Set(text.flatMap((code) => [...code.matchAll(/\btf\.(\w+)/g)].map(([, name]) => name!)));
  // The first that has a name gives it; types have none, and what else nobody has is an error of the build.
  return PACKAGES.map((name) => {
    const offered = Object.keys(require(resolve(name)) as object).filter((key) => names.delete(key));
    return `export { ${offered.sort().join(', ')} } from '${name}';`;
  }).join('\n');
}
