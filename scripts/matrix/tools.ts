/**
 * What the full matrix needs beside the repository's own packages: kept outside of it, fetched from npm where it is missing.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { run } from './pack';

/** Each with its own folder, since two versions of one package may be among them. */
const TOOLS = {
  webpack: ['webpack@5.113.0'],
  rollup: ['rollup@4.68.8', '@rollup/plugin-commonjs@29.0.0', '@rollup/plugin-node-resolve@16.0.3'],
  vitest: ['vitest@4.1.12', 'vite@8.3.8'],
  node20: ['node@20.20.2'],
  node22: ['node@22.23.3'],
  node24: ['node@24.21.0'],
  bun: ['bun@1.4.5'],
  deno: ['deno@2.9.6'],
  'typescript5.0': ['typescript@5.0.4'],
  'typescript5.9': ['typescript@5.9.3'],
  typescript7: ['typescript@7.0.2'],
};

export type Tool = keyof typeof TOOLS;

/** Not a failure: what is missing here, and why. */
export class Unavailable extends Error {}

/** The node_modules that has a tool. @throws Unavailable where npm does not give it. */
export function tool(name: Tool): string {
  const packages = TOOLS[name];
  const folder = join(cacheFolder(), packages.join('+').replaceAll('/', '-'));
  if (!existsSync(folder)) {
    const fresh = `${folder}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    writeFileSync(join(fresh, 'package.json'), '{ "private": true }');
    try {
      run('npm', ['install', '--no-audit', '--no-fund', ...packages], fresh);
      renameSync(fresh, folder);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      throw new Unavailable(`npm does not give ${packages.join(', ')}: ${reason(error)}`);
    }
  }
  return join(folder, 'node_modules');
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME: base = '' } = process.env;
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'tfjs-bnn', 'matrix');
}

const reason = (error: unknown): string =>
  /npm error .+/.exec(String(error))?.[0] ?? String(error).split('\n')[0]!;
