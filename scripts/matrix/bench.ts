/** Where the cells of the matrix are tried: the packed package, installed for each kind of program, a site and a browser. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../__tests__/helpers/chromium';
import { install, MODULES, pack } from './pack';
import type { Site } from '../loopback';
import { serve } from './site';
import type { Outcome } from './trial';

export class Bench {
  private site?: Promise<Site>;
  private browser?: Promise<Browser>;
  private count = 0;

  private constructor(
    private readonly folder: string,
    /** Has the whole of TensorFlow.js. */
    readonly consumer: string,
    /** Has its core, its layers and a backend. */
    readonly modular: string,
  ) {}

  /** Packs and installs, in half a minute at most. */
  static open(): Bench {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'matrix-')));
    const bench = new Bench(folder, join(folder, 'whole'), join(folder, 'modular'));
    const tarball = pack(folder);
    install(tarball, bench.consumer);
    const packages = ['core', 'layers', 'backend-cpu'].map((name) => `@tensorflow/tfjs-${name}`);
    install(tarball, bench.modular, packages);
    return bench;
  }

  /** A consumer that has these packages of the repository too, linked: the native backend is too large to be copied. */
  with(...packages: string[]): string {
    const consumer = join(this.folder, `with-${String(this.count++)}`);
    const modules = join(consumer, 'node_modules');
    cpSync(join(this.consumer, 'node_modules/tfjs-bnn'), join(modules, 'tfjs-bnn'), { recursive: true });
    mkdirSync(join(modules, '@tensorflow'));
    for (const name of packages) symlinkSync(join(MODULES, name), join(modules, name), 'junction');
    return consumer;
  }

  async close(): Promise<void> {
    await (await this.browser)?.close();
    await (await this.site)?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A new folder inside of a consumer's, from where its packages are found. */
  place(consumer = this.consumer): string {
    const folder = join(consumer, 'cells', String(this.count++));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Opens the page of a folder; resolves to what its trial says, rejects with what it throws, or a script of it. */
  async visit(folder: string): Promise<Outcome> {
    const [site, browser] = await Promise.all([
      (this.site ??= serve(this.folder)),
      (this.browser ??= launchChromium()),
    ]);
    const page = await browser.newPage();
    try {
      const thrown: Error[] = [];
      page.on('pageerror', (error) => thrown.push(error));
      await page.goto(`${site.url}${relative(this.folder, folder).replaceAll('\\', '/')}/`, {
        waitUntil: 'load',
      });
      const outcome = await page
        .evaluate('globalThis.outcome')
        .catch((error: unknown) => thrown.push(error as Error));
      if (thrown.length > 0) throw thrown[0]!;
      if (outcome === undefined) throw new Error('the page has no outcome');
      return outcome as Outcome;
    } finally {
      await page.close();
    }
  }
}
