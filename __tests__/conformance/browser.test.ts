import type { Browser, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../helpers/chromium';
import type { Check } from './check';
import { checks } from './checks';
import { family } from './family';
import { halfFloats } from './halfFloats';
import type { Conformance } from './page';
import type { Site } from '../../scripts/loopback';
import { serveSuite } from './site';

declare const conformance: Conformance;

// A GPU that is emulated on a busy machine takes its time.
jest.setTimeout(180_000);

/** What runs in the browser: a title, the backend, its flags and what it has to meet. */
const suites: Array<[title: string, backend: string, flags: Record<string, boolean>, list: Check[]]> = [
  ...['cpu', 'wasm', 'webgl', 'webgpu'].map(
    (backend) => [backend, backend, {}, [...checks, ...family]] satisfies (typeof suites)[number],
  ),
  ['webgl with 16-bit textures', 'webgl', { WEBGL_FORCE_F16_TEXTURES: true }, halfFloats],
];

describeInChromium('conformance', () => {
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    [site, browser] = await Promise.all([serveSuite(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  describe.each(suites)('[%s]', (_, backend, flags, list) => {
    let page: Page;

    beforeAll(async () => {
      page = await browser.newPage();
      await page.goto(site.url, { waitUntil: 'load' });
      const running = await page.evaluate(([name, set]) => conformance.start(name, set), [
        backend,
        flags,
      ] as const);
      if (running !== backend) throw new Error(`The backend ${backend} did not start; ${running} did.`);
    });
    afterAll(() => page.close());

    test.each(list.map(({ name }) => name))('%s', async (check) => {
      const failure = await page.evaluate((name) => conformance.run(name), check);
      if (failure !== undefined) throw new Error(failure);
    });
  });
});
