import type { Browser, Page } from 'playwright-core';
import { describeInChromium, launchChromium } from '../helpers/chromium';
import { checks } from './checks';
import type { Conformance } from './page';
import { serveSuite, type Site } from './site';

declare const conformance: Conformance;

const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'];

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

  describe.each(BACKENDS)('[%s]', (backend) => {
    let page: Page;

    beforeAll(async () => {
      page = await browser.newPage();
      await page.goto(site.url, { waitUntil: 'load' });
      const running = await page.evaluate((name) => conformance.start(name, {}), backend);
      if (running !== backend) throw new Error(`The backend ${backend} did not start; ${running} did.`);
    });
    afterAll(() => page.close());

    test.each(checks.map(({ name }) => name))('%s', async (check) => {
      const failure = await page.evaluate((name) => conformance.run(name), check);
      if (failure !== undefined) throw new Error(failure);
    });
  });
});
