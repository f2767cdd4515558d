/** What the page says where its files are missing, broken, or not allowed to be fetched. */
import type { DigitsPage } from './openPage';

export function failures(digits: DigitsPage): void {
  const { errors, newPage } = digits;

  test('the browser would not let it fetch from elsewhere, nor run what is no file of its own', async () => {
    // A page whose errors nobody counts.
    const other = await digits.browser.newPage();
    await other.goto(digits.url);
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
    const { headers } = await fetch(digits.url);
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'self'");
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
      await broken.goto(digits.url);
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
    await poorer.goto(digits.url);
    await poorer.locator('#time').filter({ hasText: 'plain net' }).waitFor();
    expect(await poorer.locator('[name=backend]:checked').getAttribute('value')).toBe('cpu');
    expect(await poorer.locator('#failure').isHidden()).toBe(true);
    await poorer.close();
    // The browser reports the missing files, and TensorFlow.js what it makes of them.
    errors.length = 0;
  });
}
