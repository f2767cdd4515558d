/**
 * What building the native backend needs from the machine, asked before anything is fetched.
 */
import { spawnSync } from 'node:child_process';

export interface Platform {
  os: string;
  cpu: string;
  /** The version of glibc, or undefined where another C library (musl) is in use. */
  glibc?: string;
}

const tools = [
  { name: 'npm', probe: ['npm', '--version'] },
  { name: 'python3', probe: ['python3', '--version'] },
  { name: 'pip for python3', probe: ['python3', '-m', 'pip', '--version'] },
  { name: 'g++', probe: ['g++', '--version'] },
] as const;

export function thisPlatform(): Platform {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { os: process.platform, cpu: process.arch, glibc: header.glibcVersionRuntime };
}

/** In one line why nothing built here would run on `platform`, or undefined where it does. */
export function unsupported({ os, cpu, glibc }: Platform): string | undefined {
  // What PyPI holds is compiled, and this build of it is for one platform.
  if (os === 'linux' && cpu === 'x64' && glibc !== undefined) return undefined;
  const here = os === 'linux' && glibc === undefined ? `linux ${cpu} without glibc` : `${os} ${cpu}`;
  return (
    `@tensorflow/tfjs-node can be built on linux x64 with glibc only, this is ${here}; ` +
    `its own download may work (npm rebuild @tensorflow/tfjs-node)`
  );
}

/** In one line which tools are missing, or undefined when all are there. */
export function missingTools(): string | undefined {
  const missing = tools.filter(({ probe }) => !runs(probe)).map(({ name }) => name);
  if (missing.length === 0) return undefined;
  return (
    `@tensorflow/tfjs-node cannot be built without ${missing.join(', ')}; ` +
    `on Debian or Ubuntu: apt install g++ python3-pip`
  );
}

function runs([command, ...args]: readonly [string, ...string[]]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
