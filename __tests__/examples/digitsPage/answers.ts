/** What the page answers to a drawing, to a test digit and to what is done to it. */
import type { DigitsPage } from './openPage';

export function answers(digits: DigitsPage): void {
  const { answered, button, draw, nats, newPage, percentages, pick, settled, verdict } = digits;

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
    expect(await digits.page.locator('#pad').getAttribute('aria-label')).toBe(
      'Drawing pad, it shows your drawing',
    );
  });

  test('a finger draws as a mouse does', async () => {
    const { x, y, width, height } = (await digits.page.locator('#pad').boundingBox())!;
    const touch = (type: string, u: number, v: number): Promise<void> =>
      digits.page.locator('#pad').dispatchEvent(type, {
        pointerId: 1,
        pointerType: 'touch',
        isPrimary: true,
        clientX: x + u * width,
        clientY: y + v * height,
      });
    // A script's pointer has no id that could be captured.
    await digits.page.evaluate(() => (Element.prototype.setPointerCapture = () => undefined));
    await answered(async () => {
      await touch('pointerdown', 0.5, 0.15);
      for (let v = 0.2; v < 0.9; v += 0.1) await touch('pointermove', 0.5, v);
      await touch('pointerup', 0.5, 0.85);
    });
    expect(await verdict('bayesian')).toBe('1');
    expect(await digits.page.locator('#pad').evaluate((pad) => getComputedStyle(pad).touchAction)).toBe(
      'none',
    );
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
    expect(await digits.page.locator('#seen-caption').textContent()).toBe('28 × 28, turned 90°');
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
    const slider = digits.page.getByRole('slider', { name: 'Draws of the weights' });
    const dots = async (): Promise<number> =>
      ((await digits.page.locator('[data-digit="3"] .draws').getAttribute('d')) ?? '').split('M').length - 1;
    expect(await dots()).toBe(30);
    await answered(() => slider.press('Home'));
    expect([await dots(), await nats('epistemic')]).toEqual([1, 0]);
    expect(await nats('total')).toBe(await nats('aleatoric'));
    await answered(() => slider.press('End'));
    expect(await dots()).toBe(100);
  });

  test('shows one net or both', async () => {
    const columns = async (): Promise<boolean[]> =>
      Promise.all(
        ['plain', 'bayesian'].map((net) => digits.page.locator(`[data-digit="0"] .${net}`).isVisible()),
      );
    expect(await columns()).toEqual([true, true]);
    await digits.page.getByRole('radio', { name: 'Plain' }).check({ force: true });
    expect(await columns()).toEqual([true, false]);
    await digits.page.getByRole('radio', { name: 'Bayesian' }).check({ force: true });
    expect(await columns()).toEqual([false, true]);
  });

  test('every backend that is offered gives the same answer', async () => {
    await pick(2);
    const plain = await percentages('plain');
    const offered = await digits.page
      .locator('[name=backend]')
      .evaluateAll((radios) => radios.map((radio) => (radio as HTMLInputElement).value));
    expect(offered).toEqual(expect.arrayContaining(['cpu', 'wasm', 'webgl']));
    for (const backend of offered) {
      await digits.page.locator(`[name=backend][value=${backend}]`).check({ force: true });
      await settled();
      expect([backend, ...(await percentages('plain'))]).toEqual([backend, ...plain]);
      expect([backend, await verdict('bayesian')]).toEqual([backend, '2']);
    }
    await digits.page.locator('[name=backend][value=wasm]').check({ force: true });
    await settled();
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

    await slow.goto(digits.url);
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
    const tensors = (): Promise<string | null> => digits.page.locator('#time').getAttribute('data-tensors');
    const before = await tensors();
    expect(Number(before)).toBeGreaterThan(0);
    const made = await digits.page.evaluate(async () => {
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
}
