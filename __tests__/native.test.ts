import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureNative } from '../scripts/ensureNative';
import { prepareNative } from '../entries/prepareNative';
import { loadNative } from '../scripts/loadNative';
import { thisPlatform, unsupported } from '../scripts/native/needs';
import { addonFile, aliases, isComplete, libraries, libraryFolder } from '../scripts/native/package';
import { inScratch, moveInto } from '../scripts/native/scratch';

const linux = { os: 'linux', cpu: 'x64', glibc: '2.36' };
const root = join(__dirname, '..');

/** Windows grants symbolic links to few, and nothing is built there. */
const testWithLinks = process.platform === 'win32' ? test.skip : test;

let folder: string;
let lines: string[];
const log = (line: string) => lines.push(line);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tfjs-bnn-native-'));
  lines = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes a file with the folders above it. */
async function put(text: string, ...path: string[]): Promise<string> {
  const file = join(folder, ...path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

/** A project with tfjs, and in it what `npm ci` leaves of tfjs-node when its scripts do not run. */
async function putProject(): Promise<string> {
  await put('{"name": "@tensorflow/tfjs"}', 'project', 'node_modules', '@tensorflow', 'tfjs', 'package.json');
  await put('{}', 'project', 'node_modules', '@tensorflow', 'tfjs-node', 'package.json');
  return join(folder, 'project');
}

/** A cache like a finished build's, with libraries of the right size that take no room on the disk. */
async function putCache(): Promise<string> {
  const [cache, built] = ['cache', 'tfjs-node-4.22.0-tensorflow-2.13.1-linux-x64'];
  await put('{"version": "4.22.0"}', cache, built, 'package.json');
  await put('the addon', cache, built, addonFile);
  await put('{}', cache, built, 'node_modules', '@mapbox', 'node-pre-gyp', 'package.json');
  for (const [name, bytes] of Object.entries(libraries)) {
    await truncate(await put('', cache, built, libraryFolder, name), bytes);
  }
  for (const [name, target] of Object.entries(aliases)) {
    await symlink(target, join(folder, cache, built, libraryFolder, name));
  }
  return join(folder, cache);
}

/** Runs `npm run native` in `project` as another process, with nothing on its PATH and an empty cache. */
function cli(project: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const loader = pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
    const command = ['--import', loader, join(root, 'scripts', 'native.ts'), ...args];
    const env = { PATH: join(folder, 'nothing'), XDG_CACHE_HOME: join(folder, 'cache') };
    const child = execFile(process.execPath, command, { cwd: project, env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: (stdout + stderr).trim() }),
    );
  });
}

describe('npm run native', () => {
  test('refuses an option that it does not have, in one line', async () => {
    expect(await cli(root, '--chekc')).toEqual({
      code: 2,
      output: 'native: there is no option --chekc; the options are --check and --help',
    });
  });

  test('--help names every option and what is needed', async () => {
    const { code, output } = await cli(root, '--help');
    expect(code).toBe(0);
    for (const word of ['--check', '--help', 'python3', 'pip', 'g++', '186 MB'])
      expect(output).toContain(word);
  });

  test('--check answers in one line and with the exit code, and fetches nothing', async () => {
    const { code, output } = await cli(root, '--check');
    expect(output).toMatch(code === 0 ? /^native: usable: .*$/ : /^native: not usable: .*$/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('names the tools that are missing, before it fetches anything', async () => {
    const { code, output } = await cli(await putProject());
    const missing = 'cannot be built without npm, python3, pip for python3, g++;';
    expect(code).toBe(1);
    expect(output).toContain(unsupported(thisPlatform()) ?? missing);
    expect(output).not.toContain('\n');
    expect(await readdir(folder)).toEqual(['project']);
  });
});

describe('ensureNative', () => {
  testWithLinks('says where nothing can be built, even when a cache lies there', async () => {
    const options = { log, project: await putProject(), cache: await putCache() };
    const platform = { os: 'darwin', cpu: 'arm64', glibc: undefined };
    expect(await ensureNative({ ...options, platform })).toEqual({
      ok: false,
      reason: unsupported(platform),
    });
    expect(lines).toEqual([]);
  });

  testWithLinks('takes what was built before, libraries shared, and leaves nothing else behind', async () => {
    const [project, cache] = [await putProject(), await putCache()];
    expect((await ensureNative({ log, project, cache, platform: linux })).ok).toBe(true);
    const scope = join(project, 'node_modules', '@tensorflow');
    expect((await readdir(scope)).sort()).toEqual(['tfjs', 'tfjs-node']);
    expect(await readFile(join(scope, 'tfjs-node', addonFile), 'utf8')).toBe('the addon');
    expect(await isComplete(join(scope, 'tfjs-node'))).toBe(true);
    for (const name of Object.keys(libraries)) {
      expect((await stat(join(scope, 'tfjs-node', libraryFolder, name))).nlink).toBe(2);
    }
    expect(await readlink(join(scope, 'tfjs-node', libraryFolder, 'libtensorflow.so'))).toBe(
      'libtensorflow_cc.so.2',
    );
    expect(lines).toHaveLength(1);
  });

  testWithLinks('leaves alone what is installed', async () => {
    const project = await putProject();
    const own = join('project', 'node_modules', '@tensorflow', 'tfjs-node');
    await put('own', own, 'lib', 'napi-v8', 'tfjs_binding.node');
    await put('own', own, 'deps', 'lib', 'libtensorflow.so.2.9.1');
    expect((await ensureNative({ log, project, cache: await putCache(), platform: linux })).ok).toBe(true);
    expect(await readFile(join(folder, own, addonFile), 'utf8')).toBe('own');
    expect(lines).toEqual([]);
  });

  testWithLinks('does not mistake a torn cache for a whole one', async () => {
    const built = join(await putCache(), 'tfjs-node-4.22.0-tensorflow-2.13.1-linux-x64');
    expect(await isComplete(built)).toBe(true);
    await truncate(join(built, libraryFolder, 'libtensorflow_cc.so.2'), 1000);
    expect(await isComplete(built)).toBe(false);
  });

  test('asks for npm ci where there is no tfjs', async () => {
    const { ok, reason } = await ensureNative({ log, project: folder, cache: folder, platform: linux });
    expect(ok).toBe(false);
    expect(reason).toContain('run npm ci first');
  });
});

test.each([
  [{ os: 'darwin', cpu: 'arm64' }, 'this is darwin arm64;'],
  [{ os: 'win32', cpu: 'x64' }, 'this is win32 x64;'],
  [{ os: 'linux', cpu: 'arm64', glibc: '2.36' }, 'this is linux arm64;'],
  [{ os: 'linux', cpu: 'x64' }, 'this is linux x64 without glibc;'],
])('unsupported: %j', (platform, expected) => {
  expect(unsupported(platform)).toContain(expected);
  expect(unsupported(platform)).not.toContain('\n');
});

describe('scratch', () => {
  const isGood = (place: string) => existsSync(join(place, 'good'));

  test('goes away with a failing task, and takes with it what a dead process left', async () => {
    // The ids of processes end at 2^22.
    const left = (await inScratchName()).replace(/-\d+-[^-]*$/, '-4194305-abcdef');
    await put('', left, 'half');
    await expect(inScratch(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });

  test('leaves alone what a process that runs is making', async () => {
    await inScratch(folder, async () => {
      await inScratch(folder, async () => {
        expect(await readdir(folder)).toHaveLength(2);
      });
      expect(await readdir(folder)).toHaveLength(1);
    });
  });

  test('what is made replaces a bad one, and gives way to a good one made meanwhile', async () => {
    const place = join(folder, 'place');
    for (const [there, expected] of [
      ['bad', ['good', 'mine']],
      ['good', ['good']],
    ] as const) {
      await rm(place, { recursive: true, force: true });
      await put('', 'place', there);
      await inScratch(folder, async (work) => {
        await mkdir(join(work, 'fresh'));
        for (const name of ['good', 'mine']) await writeFile(join(work, 'fresh', name), '');
        await moveInto(place, join(work, 'fresh'), work, isGood);
      });
      expect(await readdir(place)).toEqual(expected);
    }
  });

  async function inScratchName(): Promise<string> {
    let name = '';
    await inScratch(folder, async () => {
      [name = ''] = await readdir(folder);
    });
    return name;
  }
});

describe('loadNative', () => {
  test('defines what tfjs-node misses in newer Nodes where its require finds it', () => {
    prepareNative();
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const util = require('util') as Record<'isNullOrUndefined' | 'isArray', (value: unknown) => boolean>;
    expect([undefined, null, 0, ''].map(util.isNullOrUndefined)).toEqual([true, true, false, false]);
    expect([[], {}].map((value) => util.isArray(value))).toEqual([true, false]);
  });

  test('says whether the backend is there, or in one line why not', async () => {
    const { ok, reason } = await loadNative();
    expect(reason).toMatch(
      ok ? /^@tensorflow\/tfjs-node 4\.\d+\.\d+$/ : /^@tensorflow\/tfjs-node (is|does) .*$/,
    );
  });
});
