/** The figures, drawn outside of jest: Observable Plot comes as ES modules only. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Calls the one function of a file of examples/plots. */
function drawn(file: string, ...args: unknown[]): string {
  const script = `
    import * as plot from './examples/plots/${file}.ts';
    process.stdout.write(plot.${file}(...JSON.parse(process.argv.at(-1))));`;
  const node = ['--import', 'tsx', '--input-type=module', '-e', script, '--', JSON.stringify(args)];
  const { stdout, stderr, status } = spawnSync(process.execPath, node, {
    cwd: resolve(__dirname, '../..'),
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg".*<\/svg>$/s);
  expect(stdout).not.toContain('NaN');
  return stdout;
}

const count = (svg: string, tag: string): number => svg.split(`<${tag} `).length - 1;

test('the reliability diagram has a bar and a dot for every bin with examples', () => {
  const rows = [
    { lower: 0, upper: 0.5, count: 0, confidence: null, accuracy: null },
    { lower: 0.5, upper: 0.75, count: 12, confidence: 0.6, accuracy: 0.5 },
    { lower: 0.75, upper: 1, count: 30, confidence: 0.9, accuracy: 0.95 },
  ];
  const svg = drawn('reliabilityDiagram', rows);
  // And the white ground.
  expect(count(svg, 'rect')).toBe(2 + 1);
  expect(count(svg, 'circle')).toBe(2);
  expect(svg).toContain('>12</text>');
});

test('the accuracy-rejection curves have their names at their ends', () => {
  const curve = [0, 0.25, 0.5, 0.75].map((rejected) => ({ rejected, accuracy: 0.8 + 0.2 * rejected }));
  const svg = drawn('accuracyRejection', { Bayesian: curve, plain: curve });
  expect(svg).toContain('>Bayesian</text>');
  expect(svg).toContain('>plain</text>');
});

test('the posterior has a panel for every layer', () => {
  const bins = [0, 1, 2].map((i) => ({ lower: i, upper: i + 1, weights: 0.3, means: 0.4 }));
  const svg = drawn('weightPosterior', { first: bins, last: bins });
  expect(svg).toContain('>first</text>');
  expect(svg).toContain('>last</text>');
  expect(count(svg, 'rect')).toBe(6 + 1);
});

test('the predictive band has every point, and what it is called; text is escaped', () => {
  const band = [1, 2, 3].map((x) => ({
    x,
    mean: x,
    lower: x - 2,
    upper: x + 2,
    meanLower: x - 1,
    meanUpper: x + 1,
  }));
  const points = [1, 2, 3, 3].map((x, i) => ({ x, y: x, heldOut: i > 1 }));
  const figure = {
    title: 'mass < 2 & more',
    xLabel: 'length',
    yLabel: 'mass',
    band,
    points,
    trainedOn: [1, 3] as [number, number],
    xUnit: 'mm',
  };
  const svg = drawn('predictiveBand', figure);
  expect(count(svg, 'circle')).toBe(4);
  expect(svg).toContain('mass &lt; 2 &amp; more');
  expect(svg).toContain('>trained on 1 to 3 mm<');
});
