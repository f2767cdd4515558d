/** The one list of what the suite lets pass. */

interface Exception {
  who: RegExp;
  /** Of the error. */
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
  {
    who: /./,
    what: /^Cannot perform '\w+' on a proxy that has been revoked$/,
    reason:
      'Whoever looks at such a thing at all gets this error, as one gets the own error of a proxy that throws.',
  },
];

export const tolerated = (who: string, what: string): boolean =>
  FOREIGN.some((exception) => exception.who.test(who) && exception.what.test(what));
