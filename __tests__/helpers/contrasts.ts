/** How far each text of a page stands out from its ground: WCAG 2.2, 1.4.3, by its relative luminance. */
import type { Page } from 'playwright-core';

/** The beginning of each visible element that has text, and the ratio of its colour to the ground that it lies on. */
export async function contrasts(page: Page): Promise<Array<[element: string, ratio: number]>> {
  return page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    const luminance = (colour: string): number => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b] = Array.from(context.getImageData(0, 0, 1, 1).data, (v) =>
        v <= 10 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const ground = (one: Element | null): string => {
      if (one === null) return getComputedStyle(document.documentElement).backgroundColor;
      const { backgroundColor } = getComputedStyle(one);
      return backgroundColor === 'rgba(0, 0, 0, 0)' ? ground(one.parentElement) : backgroundColor;
    };
    return Array.from(document.querySelectorAll('h1, h2, h3, p, span, dt, dd, output, button, label, b, i'))
      .filter((one) => one.textContent.trim() !== '' && (one as HTMLElement).checkVisibility())
      .map((one): [string, number] => {
        const pair = [luminance(getComputedStyle(one).color), luminance(ground(one))].sort((a, b) => b - a);
        return [one.outerHTML.slice(0, 60), (pair[0]! + 0.05) / (pair[1]! + 0.05)];
      });
  });
}
