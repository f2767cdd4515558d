/** A diagnosis as text: a table of the layers, what the validation data say, and the findings in words. */
import type { Finding, LayerDiagnosis } from './findings';
import type { ValidationReport } from './validation';

export function diagnosisText(
  layers: LayerDiagnosis[],
  findings: Finding[],
  validation: ValidationReport[],
): string {
  const rows = layers.map((layer) => [
    layer.name,
    String(layer.weights),
    number(layer.klPerWeight),
    [layer.signalToNoise.q05, layer.signalToNoise.q50, layer.signalToNoise.q95].map(number).join(' / '),
    percent(layer.atPrior),
    layer.units === undefined ? '' : `${layer.units.off} of ${layer.units.of}`,
    percent(layer.collapsed),
    number(layer.gradientNoise),
    number(layer.scaleSlope),
  ]);
  const heads = [
    'layer',
    'weights',
    'KL per weight',
    '|mean|/stddev 5 / 50 / 95 %',
    'at prior',
    'units off',
    'collapsed',
    'gradient noise',
    'scale slope',
  ];
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const table = [heads, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  const words = findings.map(
    ({ layers: names, meaning, remedy }) => `${names.join(', ')}: ${meaning} ${remedy}`,
  );
  return [...table, ...validation.map(inWords), ...(words.length > 0 ? words : ['Nothing stands out.'])].join(
    '\n',
  );
}

/** What is not known, or is no number, is left out. */
const number = (v: number | undefined): string =>
  v === undefined || Number.isNaN(v) ? '–' : v.toPrecision(3);

const percent = (share: number | undefined): string =>
  share === undefined ? '–' : `${(100 * share).toFixed(0)} %`;

function inWords(report: ValidationReport): string {
  const { name, nll, standardError, constantNLL, coverage50, coverage90, calibrationError, verdict } = report;
  const coverage =
    coverage90 === undefined
      ? ''
      : ` intervals of 50 and 90 % hold ${percent(coverage50)} and ${percent(coverage90)} of the targets,`;
  return (
    `${name} on validation data: NLL ${number(nll)} ± ${number(standardError)} nats per example ` +
    `(${number(constantNLL)} for a constant prediction),${coverage} calibration error ${number(calibrationError)}: ${verdict}.`
  );
}
