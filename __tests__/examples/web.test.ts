/** The page as its reader meets it: built, served on this machine, driven in a real browser. */
import { execFile } from 'node:child_process';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeInChromium } from '../helpers/chromium';
import { access } from './digitsPage/access';
import { answers } from './digitsPage/answers';
import { failures } from './digitsPage/failures';
import { command, openPage, WEB } from './digitsPage/openPage';

describe('npm run page', () => {
  const run = (...args: string[]): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, command(...args), (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, output: (stdout + stderr).trim() }),
      );
    });

  test.each([
    [['--prot', '1'], "page: Unknown option '--prot'"],
    [['--port', 'x'], 'page: --port must be a whole number from 0 to 65535, got "x"'],
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
  const digits = openPage();
  const { newPage, percentages, requests, verdict } = digits;

  test('shows both nets’ answers at once, and asks nobody but its own server', async () => {
    expect(await digits.page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await digits.page.locator('#failure').isHidden()).toBe(true);
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
    await first.goto(digits.url);
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
    const nets = join(digits.folder, 'nets');
    await cp(join(WEB, 'public/model'), nets, { recursive: true });
    await rm(join(nets, 'about.json'));
    await promisify(execFile)(
      process.execPath,
      command('--build', '--out', join(digits.folder, 'other'), '--model', nets),
    );
    const shown = join(digits.folder, 'other/model');
    expect((await readdir(shown)).sort()).toEqual(['bayesian', 'digits.json', 'plain']);
  });

  answers(digits);
  failures(digits);
  access(digits);
});
