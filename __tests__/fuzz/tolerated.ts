/** The one list of what the suite lets pass. */

interface Exception {
  who: RegExp;
  /** Of the error or of the violation. */
  what: RegExp;
  reason: string;
}

/** Errors that are not ours, and may come out of ours: they say what is wrong in the words of whom the value belongs to. */
const FOREIGN: Exception[] = [
  {
    who: /^(hiddenLayer|learnedNoise)$/,
    what: /^Not a valid tensor name/,
    reason:
      'TensorFlow.js names a model and its input after the layer, and has rules for what a name may be.',
  },
  {
    who: /^loadLayersModel$/,
    what: /^(Provided weight data has no target variable|Shape mismatch|Cannot create property 'customObjects'|Cannot convert undefined or null|The first layer in a Sequential)/,
    reason:
      'TensorFlow.js takes the config apart before a layer sees it, and compares the weights when all are made.',
  },
];

/** Faults that are known and not mended yet. To be emptied. */
const KNOWN: Exception[] = [
  {
    who: /./,
    what: /Maximum call stack size exceeded|proxy that has been revoked/,
    reason:
      'check.ts: what was given is shown without a limit of depth, and asked for its kind without a guard.',
  },
  {
    who: /^compileMetric$/,
    what: /Class constructor/,
    reason: 'compileMetric.ts: a class is taken for a metric.',
  },
  {
    who: /^logPredictiveDensity$/,
    what: /likelihood is not a function/,
    reason: 'logPredictiveDensity.ts: the likelihood is not checked.',
  },
  {
    who: /^(save|restore)Checkpoint$/,
    what: /./,
    reason: 'savedTraining.ts: neither the destination nor what the file holds is checked before it is used.',
  },
  {
    who: /^evaluateElbo$/,
    what: /input expected a batch of elements/,
    reason: 'evaluateElbo.ts: x is not compared with the inputs of the model.',
  },
  {
    who: /^hiddenLayer$/i,
    what: /Cannot mix BigInt/,
    reason: 'hiddenOptions.ts: 1 / datasetSize is computed before datasetSize is checked.',
  },
  { who: /^call$/, what: /All values in axis param/, reason: 'learnedNoise.ts: a scalar as input.' },
  {
    who: /^loadLayersModel$/,
    what: /Memory\.grow|allocation failed|Invalid typed array length/,
    reason: 'kernels: a hostile number of units is allocated.',
  },
  {
    who: /^predictive(Stream)?$/,
    what: /reading 'backend'/,
    reason:
      'estimators: on wasm the draws share the weights themselves where the first layer is of weight space.',
  },
];

const among =
  (list: readonly Exception[]) =>
  (who: string, what: string): boolean =>
    list.some((exception) => exception.who.test(who) && exception.what.test(what));

export const tolerated = among(FOREIGN);
export const isKnown = among(KNOWN);
