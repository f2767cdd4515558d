/**
 * `package.json` and README as they are published: without what only this repository needs, and with images and links that
 * are found from elsewhere, since neither guides nor images are packed.
 *
 *     node scripts/manifest.js publish   before packing: writes those, and keeps the others
 *     node scripts/manifest.js restore   after packing: puts the others back
 *     node scripts/manifest.js check     before publishing: refuses while placeholders stand in them
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';

const HERE_ONLY = ['workspaces', 'scripts', 'devDependencies', 'allowScripts'];

const place = (name) => new URL(`../${name}`, import.meta.url);
const manifest = place('package.json');
const readme = place('README.md');
const kept = new Map([
  [manifest, place('out/kept/package.json')],
  [readme, place('out/kept/README.md')],
]);

/** The text of a file of the repository. One that was kept is of a packing that broke off: it is the right one. */
const original = (file) => readFileSync(existsSync(kept.get(file)) ? kept.get(file) : file, 'utf8');

const steps = {
  publish() {
    const texts = new Map([...kept.keys()].map((file) => [file, original(file)]));
    mkdirSync(place('out/kept/'), { recursive: true });
    for (const [file, copy] of kept) writeFileSync(copy, texts.get(file));

    const whole = JSON.parse(texts.get(manifest));
    const published = Object.entries(whole).filter(([key]) => !HERE_ONLY.includes(key));
    writeFileSync(manifest, `${JSON.stringify(Object.fromEntries(published), null, 2)}\n`);

    const [, repository] = /github\.com\/(.+)\.git$/.exec(whole.repository.url);
    const images = `https://raw.githubusercontent.com/${repository}/v${whole.version}/`;
    const pages = `https://github.com/${repository}/blob/v${whole.version}/`;
    writeFileSync(
      readme,
      texts
        .get(readme)
        .replace(/(!?)\[[^\]]*\]\((?!https?:|#)/g, (start, image) => start + (image ? images : pages)),
    );
  },
  restore() {
    for (const [file, copy] of kept) if (existsSync(copy)) renameSync(copy, file);
  },
  check() {
    if (process.env.npm_config_dry_run === 'true' || !original(manifest).includes('/OWNER/')) return;
    throw new Error(
      'package.json names its repository by the placeholder OWNER: see "Release" in CONTRIBUTING.md',
    );
  },
};

const step = steps[process.argv[2]];
if (step === undefined) throw new Error(`manifest: publish, restore or check, got ${process.argv[2]}`);
step();
