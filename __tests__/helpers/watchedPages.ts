/** Pages in a real browser: what goes wrong on them counts, and so does every address that they ask for. */
import type { Browser, Page } from 'playwright-core';

export interface WatchedPages {
  /** What went wrong since the last test; a test that means it empties the list. */
  readonly errors: string[];
  /** Every address that a page asked for. */
  readonly requests: readonly string[];
  /** A page of its own, as wide as a desk's, at no address yet. */
  newPage: (browser: Browser) => Promise<Page>;
}

/**
 * Call it in a describe block: every test in it fails whose pages have errors, or ask for an address that is not the site's.
 *
 * @param site the address with which all others begin, known when the tests run
 * @param levels the messages in the console that are errors
 */
export function watchPages(site: () => string, levels: ReadonlyArray<'error' | 'warning'>): WatchedPages {
  const errors: string[] = [];
  const requests: string[] = [];

  afterEach(() => {
    const addresses = requests.filter((address) => !address.startsWith(site()));
    expect({ errors: errors.splice(0), addresses }).toEqual({ errors: [], addresses: [] });
  });

  return {
    errors,
    requests,
    newPage: async (browser) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('console', (message) => {
        if ((levels as string[]).includes(message.type())) errors.push(message.text());
      });
      page.context().on('request', (request) => requests.push(request.url()));
      return page;
    },
  };
}
