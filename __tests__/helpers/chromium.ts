/**
 * A real Chromium for the tests: the one that an npm package carries, or the one that the machine has.
 *
 * On Linux x64 `npm ci` brings a whole browser (@sparticuz/chromium), unpacked once into the temporary folder; its WebGL
 * and WebGPU run on the processor, through SwiftShader. Elsewhere an installed Chrome, Chromium or Edge is used.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { inScratch, moveInto } from '../../scripts/native/scratch';

const FLAGS = [
  '--no-sandbox',
  // Nothing of a test leaves the machine.
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Without Vulkan a synchronous read from WebGPU, which goes through a canvas, ends the GPU process.
  '--use-vulkan=swiftshader',
  '--enable-features=Vulkan',
];

const PACKED = '@sparticuz/chromium';
/** Tests and scripts run in the repository's folder, these as CommonJS and those as ES modules. */
const { resolve } = createRequire(join(process.cwd(), 'package.json'));

const INSTALLED = [
  process.env.CHROME_PATH,
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * Pages are put together on the processor; what is emulated is WebGL and WebGPU alone. Faster for what is looked at, but
 * synchronous reads from WebGPU are then zeros.
 */
export const COMPOSED_ON_THE_PROCESSOR = '--disable-gpu-compositing';

/** Starts the browser, with further `flags`; it is the caller's to close. */
export async function launchChromium(...flags: string[]): Promise<Browser> {
  const executablePath = carriesChromium() ? await unpacked() : installed();
  if (executablePath === undefined)
    throw new Error('There is no Chromium here: install Chrome, or name one in CHROME_PATH.');
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
}

/** Tests that need the browser. Without one they fail in CI, and elsewhere are skipped under their name. */
export function describeInChromium(title: string, body: () => void): void {
  if (carriesChromium() || installed() !== undefined) describe(`${title} [Chromium]`, body);
  else if (process.env.CI)
    test(`${title} [Chromium]`, () => {
      throw new Error('There is no Chromium here, and CI has to have one: install Chrome or Chromium.');
    });
  else test.skip(`${title} [Chromium: none is installed]`, () => undefined);
}

function carriesChromium(): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  try {
    return resolve(PACKED) !== '';
  } catch {
    return false;
  }
}

function installed(): string | undefined {
  return INSTALLED.find((path) => path !== undefined && existsSync(path));
}

/** Unpacks the browser in a scratch folder first: test files run side by side and must not see half of it. */
async function unpacked(): Promise<string> {
  const manifest = join(dirname(resolve(PACKED)), '..', '..', 'package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const place = join(tmpdir(), `tfjs-bnn-chromium-${version}`);
  const isWhole = (folder: string): boolean => existsSync(join(folder, 'chromium'));
  if (!isWhole(place))
    await inScratch(tmpdir(), async (work) => {
      const fresh = join(work, 'unpacked');
      await mkdir(fresh);
      // In a process of its own, since the package unpacks into what it takes for the temporary folder.
      const unpack = `import('${PACKED}').then((m) => m.default.executablePath())`;
      const env = { ...process.env, TMPDIR: fresh };
      await promisify(execFile)(process.execPath, ['-e', unpack], { env });
      await moveInto(place, fresh, work, isWhole);
    });
  return join(place, 'chromium');
}
