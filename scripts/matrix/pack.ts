/** The package as its users get it: packed, and installed into a folder of its own. Nothing of it needs the network. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** npm and jest run in it. */
const ROOT = process.cwd();
export const MODULES = join(ROOT, 'node_modules');

/** What a build needs of the repository, and what is packed with it. */
const PACKAGE = [
  ...['package.json', 'tsconfig.json', 'tsdown.config.ts', 'src', 'entries', 'scripts'],
  ...['README.md', 'LICENSE', 'CHANGELOG.md'],
];

/** Runs a program, and returns what it printed; throws what it said when it fails. */
export const run = (...program: Parameters<typeof spoken>): string => spoken(...program).stdout;

/** As `run`, with what it printed as an error apart. */
export function spoken(
  command: string,
  args: string[],
  cwd: string,
  env?: NodeJS.ProcessEnv,
): { stdout: string; stderr: string } {
  const options = { cwd, encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status !== 0)
    throw new Error(
      `${command} ${args.join(' ')}: exit ${String(status)}\n${stdout}\n${(stderr ?? '').slice(-4000)}\n${error?.message ?? ''}`,
    );
  return { stdout, stderr };
}

/** Packs into `folder`, and returns the tarball. Built in a copy: others may be reading the repository's own build. */
export function pack(folder: string): string {
  const copy = join(folder, 'copy');
  for (const name of PACKAGE)
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(MODULES, join(copy, 'node_modules'), 'junction');
  // `npm pack` builds: that is what `prepare` is for.
  run('npm', ['pack', '--pack-destination', folder], copy);
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz'))!,
  );
}

/**
 * Installs a tarball into a new folder, beside the repository's own copies of the packages it is used with. Without
 * `@tensorflow/tfjs` among them npm may not fetch it, as it would for its users.
 */
export function install(tarball: string, folder: string, beside: string[] = ['@tensorflow/tfjs']): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const peers = beside.includes('@tensorflow/tfjs') ? [] : ['--legacy-peer-deps'];
  const packages = [tarball, ...beside.map((name) => join(MODULES, name))];
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...peers, ...packages], folder);
}
