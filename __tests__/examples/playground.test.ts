/** The playground as its visitor meets it: built, served from a folder of a site, driven in a real browser. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { transferSize } from '../../examples/playground/transferSize';
import type { Site } from '../../scripts/loopback';
import { serve } from '../../scripts/matrix/site';
import { COMPOSED_ON_THE_PROCESSOR, describeInChromium, launchChromium } from '../helpers/chromium';
import { contrasts } from '../helpers/contrasts';
import { watchPages } from '../helpers/watchedPages';

const root = join(__dirname, '../..');
const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
const command = (...args: string[]): string[] => [
  '--import',
  loader,
  join(root, 'examples/playground/page.ts'),
  ...args,
];

test('npm run playground refuses what it does not know, before it builds', async () => {
  const run = promisify(execFile)(process.execPath, command('--prot', '1'));
  await expect(run).rejects.toMatchObject({ code: 2, stderr: "playground: Unknown option '--prot'\n" });
});

describeInChromium('the playground', () => {
  let folder: string;
  let site: Site;
  let url: string;
  let browser: Browser;
  let page: Page;
  const { requests, newPage } = watchPages(() => url, ['error', 'warning']);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tfjs-bnn-playground-'));
    const built = join(folder, 'some/where');
    [, browser, site] = await Promise.all([
      promisify(execFile)(process.execPath, command('--build', '--out', built)),
      launchChromium(COMPOSED_ON_THE_PROCESSOR),
      serve(folder),
    ]);
    url = `${site.url}some/where/`;
    page = await opened('');
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function opened(hash: string): Promise<Page> {
    const one = await newPage(browser);
    await one.goto(url + hash);
    return one;
  }

  const story = async (one = page): Promise<string> => (await one.textContent('#story'))!;
  const storyOf = async (pattern: RegExp, one = page): Promise<string> => {
    await one.locator('#story').filter({ hasText: pattern }).waitFor();
    return story(one);
  };
  const atRest = async (one = page): Promise<string> => {
    await one.locator('#learning[aria-busy=false]').waitFor();
    return storyOf(/All 600 steps are done/, one);
  };
  const numberIn = (text: string, pattern: RegExp): number =>
    Number(pattern.exec(text)![1]!.replace('−', '-'));
  const nll = (text: string): number => numberIn(text, /NLL\) (\S+), moved/);
  const count = async (one = page): Promise<number> =>
    numberIn((await one.locator('#plot').getAttribute('aria-label'))!, /(\d+) points/);

  test('learns from the example that is there: the loss falls, and it is sure at the points, not in the gap', async () => {
    await page.getByRole('button', { name: 'Reset' }).click();
    await storyOf(/Step 0 of 600/);
    await page.getByRole('button', { name: '10 steps' }).click();
    const early = await storyOf(/Step 10 of 600/);
    await page.getByRole('button', { name: 'Learn' }).click();
    const late = await atRest();
    expect(nll(late)).toBeLessThan(nll(early) - 1);
    const [near, inGap] = [numberIn(late, /±(\S+) near/), numberIn(late, /±(\S+) in the gap/)];
    expect(inGap).toBeGreaterThan(3 * near);
    expect(await page.locator('#status').textContent()).toBe(late);
    expect(await page.locator('#plot .draw').count()).toBe(12);
    expect(requests.length).toBeGreaterThan(5);
  });

  test('a click places a point, a drag moves it, keys place and delete one, and the link brings all of it back', async () => {
    const before = await count();
    const { x, y, width, height } = (await page.locator('#plot').boundingBox())!;
    await page.mouse.click(x + 0.5 * width, y + 0.2 * height);
    expect(await count()).toBe(before + 1);
    // A drag moves it, and makes no other.
    await page.mouse.move(x + 0.5 * width, y + 0.2 * height);
    await page.mouse.down();
    await page.mouse.move(x + 0.5 * width, y + 0.3 * height, { steps: 3 });
    await page.mouse.up();
    expect(await count()).toBe(before + 1);

    await page.locator('#plot').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(await page.locator('#status').textContent()).toBe(
      `Point placed at x 0.20, y 0.00; ${before + 2} points.`,
    );
    await page.keyboard.press('n');
    await page.keyboard.press('Delete');
    expect(await count()).toBe(before + 1);
    expect(await page.locator('#plot').evaluate((plot) => getComputedStyle(plot).outlineStyle)).not.toBe(
      'none',
    );

    const learned = await atRest();
    await page.getByRole('button', { name: 'Copy a link' }).click();
    const other = await opened(new URL(page.url()).hash);
    expect(await count(other)).toBe(before + 1);
    // The same link gives the same posterior, to the last digit shown.
    expect(await atRest(other)).toBe(learned);
    await other.close();
  });

  test('two classes: a map of each kind of doubt, and a click of the class that is chosen', async () => {
    await page.getByText('Two classes').click();
    const text = await storyOf(/Sure of the class in \d+% of the picture/);
    expect(text).toContain('Epistemic doubt');
    const pixels = (): Promise<string> =>
      page.locator('#map').evaluate((map) => (map as HTMLCanvasElement).toDataURL());
    await atRest();
    const maps = new Set([await pixels()]);
    for (const name of ['total doubt', 'epistemic', 'aleatoric']) {
      await page.locator('#maps').getByText(name, { exact: true }).click();
      maps.add(await pixels());
    }
    expect(maps.size).toBe(4);
    await page.locator('#labels').getByText('class B').click();
    const diamonds = (): Promise<number> => page.locator('#plot .point.b').count();
    const before = await diamonds();
    await page.locator('#plot').click({ position: { x: 70, y: 30 } });
    expect(await diamonds()).toBe(before + 1);
  });

  test('a link that makes no sense gives the first view, and a word about it', async () => {
    const other = await opened('#mode=poetry&units=24&regression=<img>');
    const note = other.getByRole('alert').filter({ hasText: 'could not be read' });
    expect(await note.textContent()).toContain('mode, regression.');
    expect(await count(other)).toBe(30);
    await storyOf(/Step \d+ of 600/, other);
    await other.close();
  });

  test.each(['regression', 'classification'])(
    'fits into a window 360 pixels wide, with targets a finger can hit: %s',
    async (mode) => {
      const phone = await browser.newPage({ viewport: { width: 360, height: 740 } });
      await phone.goto(`${url}#mode=${mode}&seed=3`);
      await storyOf(/Step/, phone);
      expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
      for (const colorScheme of ['light', 'dark'] as const) {
        await phone.emulateMedia({ colorScheme });
        const ratios = await contrasts(phone);
        expect(ratios.length).toBeGreaterThan(30);
        expect(ratios.filter(([, ratio]) => ratio < 4.5)).toEqual([]);
      }
      // WCAG 2.2, 2.5.8: 24 × 24.
      for (const target of await phone
        .locator('button:visible, select:visible, .segments span:visible, summary')
        .all()) {
        const box = (await target.boundingBox())!;
        expect([Math.min(box.width, box.height) >= 24, await target.textContent()]).toEqual([
          true,
          await target.textContent(),
        ]);
      }
      await phone.close();
    },
  );

  test('everything that acts or shows has a name, and no id is there twice', async () => {
    const nameless = await page.evaluate(() =>
      Array.from(
        document.querySelectorAll<HTMLInputElement>(
          'button, input, select, fieldset, section, progress, svg[role]',
        ),
      )
        .filter((one) => {
          const labelled = document.getElementById(one.getAttribute('aria-labelledby') ?? '')?.textContent;
          const names = [
            one.ariaLabel,
            labelled,
            one.labels?.[0]?.textContent,
            one.querySelector('legend')?.textContent,
          ];
          return [...names, one.matches('button') ? one.textContent : ''].every((name) => !name?.trim());
        })
        .map((one) => one.outerHTML.slice(0, 80)),
    );
    expect(nameless).toEqual([]);
    const ids = await page.evaluate(() => Array.from(document.querySelectorAll('[id]'), ({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('beside TensorFlow.js a browser fetches less than 300 kB of it', () => {
    const { page: own, tensorFlow } = transferSize(join(folder, 'some/where'));
    expect(own).toBeLessThan(300_000);
    expect(own).toBeGreaterThan(50_000);
    expect(tensorFlow).toBeGreaterThan(own);
  });
});
