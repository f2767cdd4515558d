import { findingsOf, type LayerDiagnosis } from '../../src/train/findings';

/** A layer of which there is nothing to say. */
const healthy: LayerDiagnosis = {
  ...{ name: 'healthy', weights: 100, klPerWeight: 1, atPrior: 0.1, collapsed: 0, priorWidth: 1.2 },
  ...{ signalToNoise: { q05: 0.1, q25: 0.5, q50: 1, q75: 2, q95: 5 }, gradientNoise: 1, scaleSlope: 0.1 },
  ...{ KL_factor: 0.01, klWeight: 1, factorTimesN: 1, initialNoise: 0.1 },
};
const faults = (...layers: Array<Partial<LayerDiagnosis>>): string[] =>
  findingsOf(layers.map((layer) => ({ ...healthy, ...layer }))).map(({ fault }) => fault);

test.each([
  [{}, []],
  [{ factorTimesN: 32 }, ['klFactor']],
  [{ factorTimesN: 0.5 }, ['klFactor']],
  [{ factorTimesN: 32, atPrior: 1 }, ['klFactor']],
  [{ factorTimesN: undefined }, []],
  [{ scaleSlope: 3 }, ['shrinkingScales']],
  [{ scaleSlope: -0.9 }, ['growingScales']],
  [{ scaleSlope: undefined }, []],
  [{ scaleSlope: NaN }, []],
  [{ atPrior: 0.9, initialNoise: 5 }, ['largeInitialScales']],
  [{ initialNoise: 5 }, []],
  [{ collapsed: 0.9 }, ['collapsedScales']],
  [{ collapsed: 0.9, priorWidth: 100 }, ['widePrior']],
  [{ priorWidth: 10 }, ['widePrior']],
  [{ priorWidth: 10, scaleSlope: -1 }, ['growingScales']],
  [{ priorWidth: NaN, atPrior: 1 }, ['underfit']],
  [{ atPrior: 0.9 }, ['underfit']],
  [{ atPrior: 0.9, initialNoise: undefined }, ['underfit']],
] as Array<[Partial<LayerDiagnosis>, string[]]>)('%j is %j', (layer, expected) => {
  expect(faults(layer)).toEqual(expected);
});

test('names the layers that show it, and every finding says what to try', () => {
  const layers = [
    { ...healthy, name: 'a', atPrior: 1 },
    healthy,
    { ...healthy, name: 'b', atPrior: 1, scaleSlope: -1 },
  ];
  const findings = findingsOf(layers);
  expect(findings.map(({ fault, layers: names }) => [fault, names])).toEqual([
    ['growingScales', ['b']],
    ['underfit', ['a', 'b']],
  ]);
  for (const { meaning, remedy } of findings)
    expect([meaning, remedy].every((text) => text.endsWith('.'))).toBe(true);
});
