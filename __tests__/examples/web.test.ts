/** The page as its reader meets it: built, served on this machine, driven in a real browser. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Locator, Page } from 'playwright-core';
import { COMPOSED_ON_THE_PROCESSOR, describeInChromium, launchChromium } from '../helpers/chromium';
import { contrasts } from '../helpers/contrasts';

const root = join(__dirname, '../..');
const web = join(root, 'examples/digits/web');
const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
const command = (...args: string[]): string[] => ['--import', loader, join(web, 'page.ts'), ...args];

describe('npm run page', () => {
  const run = (...args: string[]): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, command(...args), (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, output: (stdout + stderr).trim() }),
      );
    });

  test.each([
    [['--prot', '1'], "page: Unknown option '--prot'"],
    [['--port', 'x'], 'page: --port must be a whole number to 65535, got x'],
    [
      ['--model', '/nowhere'],
      'page: --model must be a folder with bayesian/model.json and plain/model.json, got /nowhere',
    ],
  ])('refuses %j in one line, before it builds', async (args, output) => {
    expect(await run(...args)).toEqual({ code: 2, output });
  });

  test('--help names every option', async () => {
    const { code, output } = await run('--help');
    expect(code).toBe(0);
    for (const option of ['--model', '--out', '--port', '--build', '--help'])
      expect(output).toContain(option);
  });
});

describeInChromium('the page', () => {
  let folder: string;
  let server: ChildProcess;
  let url: string;
  let browser: Browser;
  let page: Page;
  /** What went wrong on the page, and every address that it asked for. */
  const errors: string[] = [];
  const requests: string[] = [];

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
  async function newPage(): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.context().on('request', (request) => requests.push(request.url()));
    return page;
  }

  /** The page as it is when it has been opened. */
  beforeEach(async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await button('Erase').click();
    await page.getByRole('radio', { name: 'Side by side' }).check({ force: true });
    await page.getByRole('slider').fill('30');
    await pick(0);
  });

  afterEach(() => {
    const addresses = requests.filter((address) => !address.startsWith(url));
    expect({ errors: errors.splice(0), addresses }).toEqual({ errors: [], addresses: [] });
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

  test('shows both nets’ answers at once, and asks nobody but its own server', async () => {
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.locator('#failure').isHidden()).toBe(true);
    expect(await verdict('bayesian')).toMatch(/^\d$/);
    for (const net of ['plain', 'bayesian'] as const) {
      const shares = await percentages(net);
      expect(shares).toHaveLength(10);
      // Each of the ten is rounded to a percent.
      expect(Math.abs(shares.reduce((a, b) => a + b) - 100)).toBeLessThanOrEqual(5);
    }
    expect(requests.length).toBeGreaterThan(5);
  });

  test('begins with a turned digit that the plain net is sure of, says so, and which nets these are', async () => {
    const first = await newPage();
    await first.goto(url);
    await first.waitForFunction(() => document.querySelector('#gist')!.textContent !== '');
    const gist = await first.locator('#gist').textContent();
    expect(gist).toMatch(/^A test digit \d, turned by \d+°: the plain net says \d with (9\d|100)%, /);
    expect(gist).toMatch(
      /the Bayesian net \d with [2-7]\d%, and it (is not sure|knows that it doesn’t know): /,
    );
    // Not what is right: that is no matter of how sure one is.
    expect(gist).not.toMatch(/digit (\d),.* says \1/);
    expect(await first.locator('#about').textContent()).toMatch(
      /^784-100-100-10, trained on 8,000 digits \(/,
    );
    await first.close();
  });

  test('shows the nets of another folder where it is told to, and nothing that was said of its own', async () => {
    const nets = join(folder, 'nets');
    await cp(join(web, 'public/model'), nets, { recursive: true });
    await rm(join(nets, 'about.json'));
    await promisify(execFile)(
      process.execPath,
      command('--build', '--out', join(folder, 'other'), '--model', nets),
    );
    const shown = join(folder, 'other/model');
    expect((await readdir(shown)).sort()).toEqual(['bayesian', 'digits.json', 'plain']);
  });

  test('the gist covers the pad where both meet, lines and button', async () => {
    const order = await page.evaluate(() => {
      const [pad, glance] = ['.pad', '#glance'].map((one) => document.querySelector(one)!) as [
        Element,
        Element,
      ];
      const zIndex = (style: CSSStyleDeclaration): number => Number(style.zIndex);
      return {
        glance: zIndex(getComputedStyle(glance)),
        pad: [
          getComputedStyle(pad, '::before'),
          getComputedStyle(pad, '::after'),
          getComputedStyle(pad.querySelector('button')!),
        ].map(zIndex),
      };
    });
    expect(Math.max(...order.pad)).toBeLessThan(order.glance);
  });

  test('reads what is drawn, wherever and however large', async () => {
    await draw([
      [0.5, 0.15],
      [0.48, 0.85],
    ]);
    expect([await verdict('bayesian'), await verdict('plain')]).toEqual(['1', '1']);

    await button('Erase').click();
    expect(await verdict('bayesian')).toBe('–');
    const circle = Array.from({ length: 17 }, (_, i): [number, number] => [
      0.35 + 0.18 * Math.sin((i * Math.PI) / 8),
      0.4 - 0.25 * Math.cos((i * Math.PI) / 8),
    ]);
    await draw(circle);
    expect([await verdict('bayesian'), await verdict('plain')]).toEqual(['0', '0']);
    expect(await page.locator('#pad').getAttribute('aria-label')).toBe('Drawing pad, it shows your drawing');
  });

  test('a finger draws as a mouse does', async () => {
    const { x, y, width, height } = (await page.locator('#pad').boundingBox())!;
    const touch = (type: string, u: number, v: number): Promise<void> =>
      page.locator('#pad').dispatchEvent(type, {
        pointerId: 1,
        pointerType: 'touch',
        isPrimary: true,
        clientX: x + u * width,
        clientY: y + v * height,
      });
    // A script's pointer has no id that could be captured.
    await page.evaluate(() => (Element.prototype.setPointerCapture = () => undefined));
    await answered(async () => {
      await touch('pointerdown', 0.5, 0.15);
      for (let v = 0.2; v < 0.9; v += 0.1) await touch('pointermove', 0.5, v);
      await touch('pointerup', 0.5, 0.85);
    });
    expect(await verdict('bayesian')).toBe('1');
    expect(await page.locator('#pad').evaluate((pad) => getComputedStyle(pad).touchAction)).toBe('none');
  });

  test('is less certain of a scribble than of a digit, and says so in both parts of the entropy', async () => {
    await pick(7);
    const digit = { total: await nats('total'), epistemic: await nats('epistemic') };
    await draw(
      Array.from({ length: 40 }, (_, i): [number, number] => [
        0.5 + 0.4 * Math.sin(2.3 * i),
        0.5 + 0.4 * Math.cos(3.7 * i + 1),
      ]),
    );
    expect(await nats('total')).toBeGreaterThan(digit.total + 0.2);
    expect(await nats('epistemic')).toBeGreaterThan(digit.epistemic + 0.05);
    // Total is the sum of its parts, each rounded to a hundredth.
    const parts = (await nats('aleatoric')) + (await nats('epistemic'));
    expect(Math.abs((await nats('total')) - parts)).toBeLessThan(0.0151);
  });

  test('turning a digit lets the epistemic part grow; undoing it brings back the very same answer', async () => {
    await pick(4);
    const before = [await nats('total'), await nats('epistemic'), ...(await percentages('bayesian'))];
    for (let turn = 1; turn <= 6; turn++) await answered(() => button('Rotate 15°').click());
    expect(await page.locator('#seen-caption').textContent()).toBe('28 × 28, turned 90°');
    expect(await nats('epistemic')).toBeGreaterThan(before[1]! + 0.05);
    await answered(() => button('Invert').click());
    expect(await button('Invert').getAttribute('aria-pressed')).toBe('true');
    await answered(() => button('Add noise').click());
    await answered(() => button('Undo all').click());
    expect([await nats('total'), await nats('epistemic'), ...(await percentages('bayesian'))]).toEqual(
      before,
    );
  });

  test('one draw knows no epistemic part; the slider takes as many as it says', async () => {
    await answered(() => button('Rotate 15°').click());
    const slider = page.getByRole('slider', { name: 'Draws of the weights' });
    const dots = async (): Promise<number> =>
      ((await page.locator('[data-digit="3"] .draws').getAttribute('d')) ?? '').split('M').length - 1;
    expect(await dots()).toBe(30);
    await answered(() => slider.press('Home'));
    expect([await dots(), await nats('epistemic')]).toEqual([1, 0]);
    expect(await nats('total')).toBe(await nats('aleatoric'));
    await answered(() => slider.press('End'));
    expect(await dots()).toBe(100);
  });

  test('shows one net or both', async () => {
    const columns = async (): Promise<boolean[]> =>
      Promise.all(['plain', 'bayesian'].map((net) => page.locator(`[data-digit="0"] .${net}`).isVisible()));
    expect(await columns()).toEqual([true, true]);
    await page.getByRole('radio', { name: 'Plain' }).check({ force: true });
    expect(await columns()).toEqual([true, false]);
    await page.getByRole('radio', { name: 'Bayesian' }).check({ force: true });
    expect(await columns()).toEqual([false, true]);
  });

  test('every backend that is offered gives the same answer', async () => {
    await pick(2);
    const plain = await percentages('plain');
    const offered = await page
      .locator('[name=backend]')
      .evaluateAll((radios) => radios.map((radio) => (radio as HTMLInputElement).value));
    expect(offered).toEqual(expect.arrayContaining(['cpu', 'wasm', 'webgl']));
    for (const backend of offered) {
      await page.locator(`[name=backend][value=${backend}]`).check({ force: true });
      await settled();
      expect([backend, ...(await percentages('plain'))]).toEqual([backend, ...plain]);
      expect([backend, await verdict('bayesian')]).toEqual([backend, '2']);
    }
    await page.locator('[name=backend][value=wasm]').check({ force: true });
    await settled();
  });

  test('the browser would not let it fetch from elsewhere, nor run what is no file of its own', async () => {
    // A page whose errors nobody counts.
    const other = await browser.newPage();
    await other.goto(url);
    const refused = await other.evaluate(async () => {
      const directives = new Set<string>();
      addEventListener('securitypolicyviolation', (event) => directives.add(event.effectiveDirective));
      await fetch('http://127.0.0.1:9/').catch(() => undefined);
      document.body.append(Object.assign(document.createElement('script'), { text: 'void 0' }));
      await new Promise((resolve) => setTimeout(resolve));
      return [...directives];
    });
    await other.close();
    expect(refused).toEqual(['connect-src', 'script-src-elem']);
    const { headers } = await fetch(url);
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'self'");
  });

  test('drawing goes on while an answer is awaited, and only the last picture is asked about then', async () => {
    const slow = await newPage();
    // Answers are kept back until the test lets them go.
    await slow.addInitScript(() => {
      const held: Array<() => void> = [];
      const control = { asked: 0, hold: false, release: () => held.splice(0).forEach((give) => give()) };
      Object.assign(window, {
        control,
        Worker: class extends Worker {
          override set onmessage(take: (event: MessageEvent) => void) {
            this.addEventListener('message', (event) =>
              control.hold ? held.push(() => take(event)) : take(event),
            );
          }
          override postMessage(message: unknown): void {
            control.asked++;
            super.postMessage(message);
          }
        },
      });
    });
    interface Controlled {
      control: { asked: number; hold: boolean; release: () => void };
    }
    const control = <T>(use: (control: Controlled['control']) => T): Promise<T> =>
      slow.evaluate(`(${use.toString()})(window.control)`);
    const idle = (): Promise<unknown> =>
      slow.waitForFunction(() => document.querySelector('#answers')!.ariaBusy === 'false');
    const seen = (): Promise<string> =>
      slow.locator('#seen').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

    await slow.goto(url);
    await slow.getByRole('button', { name: 'Test digit 3' }).waitFor();
    await idle();
    const asked = await control((c) => {
      c.hold = true;
      return c.asked;
    });
    const pictures = new Set([await seen()]);
    const { x, y, width, height } = (await slow.locator('#pad').boundingBox())!;
    await slow.mouse.move(x + 0.5 * width, y + 0.15 * height);
    await slow.mouse.down();
    for (let v = 0.2; v < 0.9; v += 0.1) {
      await slow.mouse.move(x + (0.8 - 0.3 * v) * width, y + v * height);
      await slow.evaluate(() => new Promise(requestAnimationFrame));
      pictures.add(await seen());
    }
    await slow.mouse.up();
    expect(pictures.size).toBeGreaterThanOrEqual(8);
    expect(await control((c) => c.asked)).toBe(asked + 1);

    await control((c) => {
      c.hold = false;
      c.release();
    });
    await idle();
    expect(await control((c) => c.asked)).toBe(asked + 2);
    await slow.close();
  });

  test('200 predictions leave no tensor behind', async () => {
    const tensors = (): Promise<string | null> => page.locator('#time').getAttribute('data-tensors');
    const before = await tensors();
    expect(Number(before)).toBeGreaterThan(0);
    const made = await page.evaluate(async () => {
      const time = document.querySelector<HTMLElement>('#time')!;
      const predictions = (): number => Number(time.dataset.predictions);
      const start = predictions();
      const slider = document.querySelector<HTMLInputElement>('#draws')!;
      slider.value = '2';
      while (predictions() < start + 200) {
        const now = predictions();
        slider.value = slider.value === '2' ? '3' : '2';
        slider.dispatchEvent(new Event('input'));
        while (predictions() === now) await new Promise((resolve) => setTimeout(resolve));
      }
      return predictions() - start;
    });
    expect(made).toBeGreaterThanOrEqual(200);
    expect(await tensors()).toBe(before);
  });

  describe('what is wrong with a file is said on the page', () => {
    const notFound = { status: 404, body: 'no' };
    test.each([
      [
        'missing',
        'bayesian/model.json',
        notFound,
        'bayesian/model.json cannot be read: the server says 404.',
      ],
      ['missing', 'plain/weights.bin', notFound, 'plain/weights.bin cannot be read: the server says 404.'],
      ['missing', 'digits.json', notFound, 'digits.json cannot be read: the server says 404.'],
      ['no JSON', 'plain/model.json', { body: '<!doctype html>' }, 'plain/model.json is not a saved model.'],
      ['no model', 'bayesian/model.json', { body: '{"a": 1}' }, 'bayesian/model.json is not a saved model.'],
      ['cut off', 'bayesian/weights.bin', { body: 'short' }, 'are 5 bytes long and should be'],
      ['no numbers', 'bayesian/weights.bin', 255, 'are not all numbers'],
      ['no digits', 'digits.json', { body: '[]' }, 'model/digits.json must be'],
    ])('%s: %s', async (_, file, answer, message) => {
      const broken = await newPage();
      await broken.context().route(`**/model/${file}`, async (route) => {
        if (typeof answer === 'object') return route.fulfill(answer);
        const { length } = await (await route.fetch()).body();
        return route.fulfill({ body: Buffer.alloc(length, answer) });
      });
      await broken.goto(url);
      const alert = broken.getByRole('alert').filter({ hasText: message });
      await alert.waitFor();
      expect(await alert.textContent()).toContain('npm start');
      await broken.close();
      // The browser itself reports a 404.
      errors.length = 0;
    });
  });

  test('goes on with cpu where the files of wasm are missing', async () => {
    const poorer = await newPage();
    await poorer.context().route('**/*.wasm', (route) => route.fulfill({ status: 404 }));
    await poorer.goto(url);
    await poorer.locator('#time').filter({ hasText: 'plain net' }).waitFor();
    expect(await poorer.locator('[name=backend]:checked').getAttribute('value')).toBe('cpu');
    expect(await poorer.locator('#failure').isHidden()).toBe(true);
    await poorer.close();
    // The browser reports the missing files, and TensorFlow.js what it makes of them.
    errors.length = 0;
  });

  describe('with the keyboard alone', () => {
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const at = document.activeElement!;
        return at.ariaLabel ?? (at.textContent.trim() || (at as HTMLInputElement).name || at.id);
      });
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 40 && (await focused()) !== name; i++) await page.keyboard.press('Tab');
      expect(await focused()).toBe(name);
      // What has the focus shows it.
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
      expect(outline).not.toBe('none');
    };

    test('a digit is picked and spoilt, and the answers are announced', async () => {
      await tabTo('Test digit 8');
      await answered(() => page.keyboard.press('Enter'));
      expect(await verdict('bayesian')).toBe('8');
      await page.getByRole('status').filter({ hasText: 'The Bayesian net says 8' }).waitFor();
      await tabTo('Invert');
      await answered(() => page.keyboard.press('Space'));
      const spoken = page.getByRole('status');
      await spoken.filter({ hasText: `epistemic ${(await nats('epistemic')).toFixed(2)}` }).waitFor();
      // The pressed button keeps the focus.
      await tabTo('Undo all');
      await answered(() => page.keyboard.press('Enter'));
      expect(await focused()).toBe('Undo all');
    });

    test('the backend is changed by an arrow', async () => {
      await page.locator('[name=backend]:checked').focus();
      await answered(() => page.keyboard.press('ArrowLeft'));
      expect(await page.locator('[name=backend]:checked').getAttribute('value')).toBe('cpu');
      expect(await page.locator('#time').textContent()).toContain('plain net');
    });
  });

  test('everything that acts or shows has a name, and no id is there twice', async () => {
    const nameless = await page.evaluate(() =>
      Array.from(document.querySelectorAll<HTMLElement>('button, input, canvas, fieldset, section, [role]'))
        .filter((one) => !one.closest('[aria-hidden], button > *'))
        .filter((one) => {
          const labelled = document.getElementById(one.getAttribute('aria-labelledby') ?? '')?.textContent;
          const label = (one as HTMLInputElement).labels?.[0]?.textContent;
          const legend = one.querySelector('legend')?.textContent;
          const own = ['ROW', 'STATUS', 'ALERT'].includes((one.role ?? '').toUpperCase())
            ? '-'
            : one.textContent;
          return [one.ariaLabel, labelled, label, legend, own].every((name) => !name?.trim());
        })
        .map((one) => one.outerHTML.slice(0, 80)),
    );
    expect(nameless).toEqual([]);
    const ids = await page.evaluate(() => Array.from(document.querySelectorAll('[id]'), ({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    expect(await page.getByRole('table').getByRole('row').count()).toBe(11);
  });

  test.each([320, 390, 1280])(
    'fits into a window %d pixels wide, with targets a finger can hit',
    async (width) => {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      // WCAG 2.2, 2.5.8: 24 × 24.
      for (const target of await page.locator('button:visible, .segments span:visible').all()) {
        const box = (await target.boundingBox())!;
        expect([Math.min(box.width, box.height) >= 24, await target.textContent()]).toEqual([
          true,
          await target.textContent(),
        ]);
      }
    },
  );

  test.each(['light', 'dark'] as const)(
    'text stands out from its ground by 4.5 to 1 in %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const ratios = await contrasts(page);
      expect(ratios.length).toBeGreaterThan(50);
      expect(ratios.filter(([, ratio]) => ratio < 4.5)).toEqual([]);
    },
  );
});

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
