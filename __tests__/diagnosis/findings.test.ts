import { findingsOf, validationFindings, type LayerDiagnosis } from '../../src/diagnosis/findings';
import type { ValidationReport } from '../../src/diagnosis/validation';

/** A layer of which there is nothing to say. */
const healthy: LayerDiagnosis = {
  ...{
    name: 'healthy',
    className: 'HiddenLayer',
    weights: 100,
    klPerWeight: 1,
    atPrior: 0.1,
    collapsed: 0,
    priorWidth: 1.2,
  },
  ...{ signalToNoise: { q05: 0.1, q25: 0.5, q50: 1, q75: 2, q95: 5 }, gradientNoise: 1, scaleSlope: 0.1 },
  units: { off: 1, of: 10 },
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
  [{ collapsed: 0.9, scaleSlope: undefined }, ['collapsedScales']],
  [{ collapsed: 0.9, scaleSlope: NaN }, ['collapsedScales']],
  [{ collapsed: 0.9, scaleSlope: -1 }, ['growingScales', 'collapsedScales']],
  // At rest they are as the data want them.
  [{ collapsed: 0.9 }, []],
  [{ units: { off: 9, of: 10 } }, ['unitsOff']],
  [{ units: { off: 9, of: 10 }, atPrior: 0.9 }, ['unitsOff']],
  [{ units: { off: 9, of: 10 }, factorTimesN: 32 }, ['klFactor']],
  [{ units: { off: 2, of: 2 } }, []],
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

test('a remedy names the options of the layers that it is for', () => {
  const others = { ...healthy, className: 'BayesianDense' };
  const remedyOf = (...layers: LayerDiagnosis[]): string => findingsOf(layers)[0]!.remedy;
  const ofFault = (fault: Partial<LayerDiagnosis>) =>
    [healthy, others].map((layer) => ({ ...layer, ...fault }));
  const faults = [{ scaleSlope: 3 }, { atPrior: 0.9, initialNoise: 5 }, { collapsed: 0.9, scaleSlope: NaN }];
  for (const fault of faults) {
    const [ofHidden, ofDense] = ofFault(fault) as [LayerDiagnosis, LayerDiagnosis];
    expect(remedyOf(ofHidden)).toMatch(/A_scale_initializer/);
    expect(remedyOf(ofDense)).toMatch(/initialStddev/);
    expect(remedyOf(ofDense)).not.toMatch(/A_|KL_/);
    expect(remedyOf(ofHidden, ofDense)).toMatch(/A_scale_initializer or initialStddev/);
  }
  const [ofHidden, ofDense] = ofFault({ priorWidth: 10 }) as [LayerDiagnosis, LayerDiagnosis];
  expect([ofHidden, ofDense].map((layer) => remedyOf(layer))).toEqual([
    'Try a smaller A_prior_scale.',
    'Try a smaller prior.',
  ]);
});

test.each([
  [{}, []],
  [{ verdict: 'overconfident' }, ['overconfident']],
  [{ verdict: 'underconfident', coverage90: undefined }, ['underconfident']],
  [{ nll: 1.99 }, ['noBetterThanConstant']],
  [{ nll: 1.9 }, []],
] as Array<[Partial<ValidationReport>, string[]]>)('of validation data %j is %j', (report, expected) => {
  const good: ValidationReport = {
    ...{ name: 'output', nll: 1, standardError: 0.05, constantNLL: 2, calibrationError: 0.01 },
    ...{ coverage50: 0.5, coverage90: 0.9, verdict: 'calibrated' },
  };
  const findings = validationFindings({ ...good, ...report });
  expect(findings.map(({ fault }) => fault)).toEqual(expected);
  for (const { meaning, remedy } of findings) expect(`${meaning} ${remedy}`).not.toContain('NaN');
});
