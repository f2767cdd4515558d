/** The page for who has no mouse, no large window or no sharp eyes. */
import { contrasts } from '../../helpers/contrasts';
import type { DigitsPage } from './openPage';

export function access(digits: DigitsPage): void {
  const { answered, nats, verdict } = digits;

  test('the gist covers the pad where both meet, lines and button', async () => {
    const order = await digits.page.evaluate(() => {
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

  describe('with the keyboard alone', () => {
    const focused = (): Promise<string> =>
      digits.page.evaluate(() => {
        const at = document.activeElement!;
        return at.ariaLabel ?? (at.textContent.trim() || (at as HTMLInputElement).name || at.id);
      });
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 40 && (await focused()) !== name; i++) await digits.page.keyboard.press('Tab');
      expect(await focused()).toBe(name);
      // What has the focus shows it.
      const outline = await digits.page.evaluate(
        () => getComputedStyle(document.activeElement!).outlineStyle,
      );
      expect(outline).not.toBe('none');
    };

    test('a digit is picked and spoilt, and the answers are announced', async () => {
      await tabTo('Test digit 8');
      await answered(() => digits.page.keyboard.press('Enter'));
      expect(await verdict('bayesian')).toBe('8');
      await digits.page.getByRole('status').filter({ hasText: 'The Bayesian net says 8' }).waitFor();
      await tabTo('Invert');
      await answered(() => digits.page.keyboard.press('Space'));
      const spoken = digits.page.getByRole('status');
      await spoken.filter({ hasText: `epistemic ${(await nats('epistemic')).toFixed(2)}` }).waitFor();
      // The pressed button keeps the focus.
      await tabTo('Undo all');
      await answered(() => digits.page.keyboard.press('Enter'));
      expect(await focused()).toBe('Undo all');
    });

    test('the backend is changed by an arrow', async () => {
      await digits.page.locator('[name=backend]:checked').focus();
      await answered(() => digits.page.keyboard.press('ArrowLeft'));
      expect(await digits.page.locator('[name=backend]:checked').getAttribute('value')).toBe('cpu');
      expect(await digits.page.locator('#time').textContent()).toContain('plain net');
    });
  });

  test('everything that acts or shows has a name, and no id is there twice', async () => {
    const nameless = await digits.page.evaluate(() =>
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
    const ids = await digits.page.evaluate(() =>
      Array.from(document.querySelectorAll('[id]'), ({ id }) => id),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(await digits.page.getAttribute('html', 'lang')).toBe('en');
    expect(await digits.page.getByRole('table').getByRole('row').count()).toBe(11);
  });

  test.each([320, 390, 1280])(
    'fits into a window %d pixels wide, with targets a finger can hit',
    async (width) => {
      await digits.page.setViewportSize({ width, height: 800 });
      expect(await digits.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      // WCAG 2.2, 2.5.8: 24 × 24.
      for (const target of await digits.page.locator('button:visible, .segments span:visible').all()) {
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
      await digits.page.emulateMedia({ colorScheme });
      const ratios = await contrasts(digits.page);
      expect(ratios.length).toBeGreaterThan(50);
      expect(ratios.filter(([, ratio]) => ratio < 4.5)).toEqual([]);
    },
  );
}
