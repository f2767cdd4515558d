/** The page of the digits, built and opened once for all tests, and what a reader does and sees on it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { COMPOSED_ON_THE_PROCESSOR, launchChromium } from '../../helpers/chromium';
import { watchPages } from '../../helpers/watchedPages';

const ROOT = join(__dirname, '../../..');
export const WEB = join(ROOT, 'examples/digits/web');
const loader = pathToFileURL(join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href;

/** What Node is given for `npm run page`. */
export const command = (...args: string[]): string[] => ['--import', loader, join(WEB, 'page.ts'), ...args];

export type DigitsPage = ReturnType<typeof openPage>;

/** Call it in a describe block: every test in it begins with the page as it is when it has been opened. */
export function openPage() {
  let folder: string;
  let server: ChildProcess;
  let url: string;
  let browser: Browser;
  let page: Page;
  const { errors, requests, ...watched } = watchPages(() => url, ['error']);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tfjs-bnn-page-'));
    // It shows the nets that come with it, whatever has been trained here.
    const args = command('--out', join(folder, 'page'), '--port', '0');
    server = spawn(process.execPath, args);
    [url, browser] = await Promise.all([addressOf(server), launchChromium(COMPOSED_ON_THE_PROCESSOR)]);
    page = await newPage();
    await page.goto(url);
    await settled();
  });

  afterAll(async () => {
    await browser?.close();
    server?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a page of its own; the other tests go on with the one that was opened first. */
  const newPage = (): Promise<Page> => watched.newPage(browser);

  beforeEach(async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await button('Erase').click();
    await page.getByRole('radio', { name: 'Side by side' }).check({ force: true });
    await page.getByRole('slider').fill('30');
    await pick(0);
  });

  /** Waits until everything that was asked is answered. */
  async function settled(): Promise<void> {
    await page.waitForFunction(
      () =>
        document.querySelector('#time')!.textContent.includes('plain net') &&
        document.querySelector('#answers')!.ariaBusy === 'false',
    );
  }

  /** Does something that is answered by a prediction, and waits for it. */
  async function answered(action: () => Promise<unknown>): Promise<void> {
    const predictions = (): Promise<string | null> => page.locator('#time').getAttribute('data-predictions');
    const before = await predictions();
    await action();
    await page.waitForFunction(
      (count) => document.querySelector<HTMLElement>('#time')!.dataset.predictions !== count,
      before,
    );
    // Strokes are read at the next frame.
    await page.evaluate(() => new Promise(requestAnimationFrame));
    await settled();
  }

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const pick = (digit: number): Promise<void> => answered(() => button(`Test digit ${digit}`).click());

  const verdict = async (net: 'plain' | 'bayesian'): Promise<string | null> =>
    page.locator(`.verdicts .${net} .verdict`).textContent();

  const nats = async (part: string): Promise<number> =>
    Number(await page.locator(`#split [data-part=${part}]`).textContent());

  const percentages = async (net: 'plain' | 'bayesian'): Promise<number[]> =>
    (await page.locator(`[data-digit] .${net} output`).allTextContents()).map((text) => parseFloat(text));

  /** Strokes on the pad, through points from 0 to 1. */
  async function draw(...strokes: Array<Array<[number, number]>>): Promise<void> {
    await page.locator('#pad').scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await page.locator('#pad').boundingBox())!;
    await answered(async () => {
      for (const [first, ...others] of strokes) {
        await page.mouse.move(x + first![0] * width, y + first![1] * height);
        await page.mouse.down();
        for (const [u, v] of others) await page.mouse.move(x + u * width, y + v * height, { steps: 4 });
        await page.mouse.up();
      }
    });
  }

  return {
    /** The one that was opened first. */
    get page(): Page {
      return page;
    },
    get url(): string {
      return url;
    },
    get browser(): Browser {
      return browser;
    },
    /** Where the tests may write. */
    get folder(): string {
      return folder;
    },
    ...{ errors, requests, newPage, settled, answered },
    ...{ button, pick, verdict, nats, percentages, draw },
  };
}

/** Where the server says that the page is. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /The page: (http:\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    server.stdout!.on('data', take);
    server.stderr!.on('data', take);
    server.once('exit', () => reject(new Error(`The page was not built: ${output}`)));
  });
}
