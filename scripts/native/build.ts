/**
 * Builds `@tensorflow/tfjs-node` out of what the npm and PyPI registries hold, for machines that cannot reach
 * the host from which its install script downloads TensorFlow's C library. The PyPI package `tensorflow-cpu`
 * holds that library too.
 *
 * The addon is compiled with one call of g++ rather than with `npm rebuild`, which first asks the unreachable
 * host for a compiled addon and then needs make and the headers of the running Node. The addon uses Node-API
 * alone: its headers are an npm package, and what is compiled once loads on Node 20, 22 and 24.
 */
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  addonFile,
  aliases,
  libraries,
  libraryFolder,
  tensorflowVersion,
  tfjsNodeIntegrity,
  tfjsNodeVersion,
  wheelSha256,
} from './package';
import { run } from './runTool';

/** Builds the package within the empty folder `work` and returns where it stands then. */
export async function buildNative(work: string, log: (line: string) => void): Promise<string> {
  const steps: Array<[string, (work: string) => Promise<void>]> = [
    [`@tensorflow/tfjs-node ${tfjsNodeVersion} and its dependencies from npm`, fetchPackage],
    [`tensorflow-cpu ${tensorflowVersion} from PyPI`, fetchWheel],
    ['the C library unpacked', unpackWheel],
    ['the addon compiled and loaded', compileAddon],
  ];
  for (const [index, [what, step]] of steps.entries()) {
    const start = performance.now();
    await step(work);
    log(`${index + 1}/${steps.length} ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  return join(work, 'package');
}

async function fetchPackage(work: string): Promise<void> {
  // tfjs-node must find the project's own tfjs, since two copies of it break custom layers. So npm gets an
  // empty package to install in its place, and that one is left behind.
  await mkdir(join(work, 'nothing'));
  await writeJson(join(work, 'nothing', 'package.json'), {
    name: '@tensorflow/tfjs',
    version: tfjsNodeVersion,
  });
  await writeJson(join(work, 'package.json'), {
    private: true,
    dependencies: { '@tensorflow/tfjs-node': tfjsNodeVersion, 'node-api-headers': '1.9.0' },
    overrides: { '@tensorflow/tfjs': 'file:./nothing' },
  });
  // Without a network npm's own patience lasts more than two minutes.
  const brief = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  await run(work, 'npm', [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    ...brief,
  ]);

  const modules = join(work, 'node_modules');
  const { packages } = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string } | undefined>;
  };
  const got = packages['node_modules/@tensorflow/tfjs-node']?.integrity;
  if (got !== tfjsNodeIntegrity) {
    throw new Error(`npm: @tensorflow/tfjs-node must have the hash ${tfjsNodeIntegrity}, got ${got}`);
  }
  await rename(join(modules, '@tensorflow', 'tfjs-node'), join(work, 'package'));
  await rename(join(modules, 'node-api-headers'), join(work, 'headers'));
  await rm(join(modules, '@tensorflow'), { recursive: true });
  await rename(modules, join(work, 'package', 'node_modules'));
}

async function fetchWheel(work: string): Promise<void> {
  // With a hash among the requirements pip refuses whatever else it is given. Its own cache would keep the
  // 186 MB a second time.
  const wanted = join(work, 'requirements.txt');
  await writeFile(wanted, `tensorflow-cpu==${tensorflowVersion} --hash=sha256:${wheelSha256}\n`);
  const target = ['--implementation', 'cp', '--python-version', '3.11', '--platform', 'manylinux2014_x86_64'];
  const download = ['download', '--no-deps', '--only-binary=:all:', '--no-cache-dir', ...target];
  await run(work, 'python3', [
    '-m',
    'pip',
    ...download,
    '--dest',
    join(work, 'wheel'),
    '--requirement',
    wanted,
  ]);
}

async function unpackWheel(work: string): Promise<void> {
  const deps = join(work, 'package', 'deps');
  await run(work, 'python3', ['-c', unzip, join(work, 'wheel'), deps, ...Object.keys(libraries)]);
  for (const [name, target] of Object.entries(aliases)) {
    await symlink(target, join(work, 'package', libraryFolder, name));
  }
  await rm(join(work, 'wheel'), { recursive: true });
}

/** In Python, because Node reads no zip files: the libraries go to lib/, the headers of the C API to include/. */
const unzip = `
import os, shutil, sys, zipfile
wheels, deps, *libraries = sys.argv[1:]
headers = ('c/', 'tsl/c/', 'core/platform/ctstring', 'tsl/platform/ctstring')
headers = tuple('tensorflow/include/tensorflow/' + part for part in headers)
with zipfile.ZipFile(os.path.join(wheels, os.listdir(wheels)[0])) as wheel:
    for name in wheel.namelist():
        inner = name.partition('/')[2]
        if inner in libraries:
            out = os.path.join(deps, 'lib', inner)
        elif name.startswith(headers) and name.endswith('.h'):
            out = os.path.join(deps, inner)
        else:
            continue
        os.makedirs(os.path.dirname(out), exist_ok=True)
        with wheel.open(name) as source, open(out, 'wb') as target:
            shutil.copyfileobj(source, target, 1 << 20)
`;

async function compileAddon(work: string): Promise<void> {
  const folder = join(work, 'package');
  const addon = join(folder, addonFile);
  await mkdir(dirname(addon), { recursive: true });
  await run(work, 'g++', [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'],
    ...[`-I${join(work, 'headers', 'include')}`, `-I${join(folder, 'deps', 'include')}`],
    ...['backend', 'binding'].map((part) => join(folder, 'binding', `tfjs_${part}.cc`)),
    ...[`-L${join(folder, libraryFolder)}`, ...Object.keys(libraries).map((name) => `-l:${name}`)],
    ...[`-Wl,-rpath,$ORIGIN/../../${libraryFolder}`, '-o', addon],
  ]);
  // In a process of its own: TensorFlow aborts where the CPU lacks the instructions that it was built for.
  await run(work, process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', addon]);
}

function writeJson(file: string, content: object): Promise<void> {
  return writeFile(file, JSON.stringify(content, null, 2));
}
