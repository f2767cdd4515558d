/**
 * The options of HiddenLayer: their names, defaults and checks, and their way through a saved model and back.
 */
import { checkBoolean, checkKeys, checkPositiveInteger, checkScale, refuse, shown } from '../check';
import { outputFunction, plainActivation, type NonLinearity, type TensorFunction } from './activation';
import { frozen } from './copied';
import { initializerConfig, type Initializer } from './initializer';
import { checkedKLOptions } from './klOptions';
import { checkLayerArgs, LAYER_ARGS, type LayerArgs } from './layerArgs';
import type { NestedArrays, PlainArrays } from './plainArrays';
import { plainPriorScale, type PriorScale } from './prior';
import { optionsOfFormat } from './savedFormat';
import { checkedMean, checkedStddev, InlineArrays, SAVED, type PriorPart } from './tensorPrior';

export interface HiddenLayerOptions extends LayerArgs {
  /** Number of units H. The output has one column more with `include_hidden_bias`. */
  units: number;
  /**
   * Number of training examples N: sets KL_factor to 1 / N, which makes the loss of `fit` the negative ELBO per
   * example, provided that the compiled loss is a mean negative log likelihood in nats. Not together with KL_factor.
   */
  datasetSize?: number;
  /** What the KL in the loss is multiplied by, at least 0. @defaultValue 1 (Pyro's), with a warning when it is trained */
  KL_factor?: number;
  /** Tempering and warm-up: the loss holds klWeight · KL_factor · KL; 1 is the ELBO. @defaultValue 1 */
  klWeight?: number;
  /** Mean of the prior: a number, or nested arrays that broadcast to [D, H]. Not in Pyro, whose prior has none. @defaultValue 0 */
  A_prior_mean?: number | NestedArrays;
  /** Stddev of the prior Normal(A_prior_mean, A_prior_scale²): a number, or nested arrays that broadcast to [D, H]. @defaultValue 1 */
  A_prior_scale?: PriorScale;
  /** The name of a `tf.layers` activation, or a function tensor → tensor (which can't be saved). @defaultValue 'relu' */
  non_linearity?: NonLinearity;
  /** Append a column of ones to the output, so that the next layer's last row of weights is its bias. @defaultValue true */
  include_hidden_bias?: boolean;
  /** Append a column of ones to the input, so that this layer's last row of weights is its bias. @defaultValue false */
  include_input_bias?: boolean;
  /** One draw of A for all rows of a call, in place of the local reparameterization. @defaultValue false */
  weight_space_sampling?: boolean;
  /** Initial A_mean. @defaultValue Normal(0, 1/D) */
  A_mean_initializer?: Initializer;
  /** Initial A_scale in natural units, a number or an initializer with values above 0. @defaultValue 0.1/√D */
  A_scale_initializer?: number | Initializer;
  /**
   * Makes initial values and noise reproducible; any whole number, another one for each layer of a model. The noise is a
   * sequence that goes on from call to call; it is not saved: a layer that is loaded, or made again from its config,
   * starts it anew, and what is trained or predicted from there on repeats the draws of the first calls.
   * @defaultValue different each time
   */
  seed?: number;
}

/** Options after the checks, with their defaults, as JSON but for a function non_linearity. */
export interface HiddenLayerSettings {
  units: number;
  KL_factor: number | undefined;
  klWeight: number;
  A_prior_mean: PriorPart;
  A_prior_scale: PriorPart;
  non_linearity: NonLinearity;
  include_hidden_bias: boolean;
  include_input_bias: boolean;
  weight_space_sampling: boolean;
  A_mean_initializer: Initializer | undefined;
  A_scale_initializer: number | Initializer | undefined;
  seed: number | undefined;
}

/** What is not saved: the function behind `non_linearity` and `include_hidden_bias`, and what the caller left to its default. */
export interface CheckedOptions {
  settings: HiddenLayerSettings;
  outputOf: TensorFunction;
  leftOpen: { input: boolean; hidden: boolean; non_linearity: boolean };
}

/** See `savedFormat.ts`. Format 2 has arrays of the prior among the weights, a prior's mean, layers as activations. */
export const FORMAT = 2;

/** The earliest format that can say it. */
export function formatOf({
  A_prior_mean,
  A_prior_scale,
  non_linearity,
}: Pick<HiddenLayerSettings, 'A_prior_mean' | 'A_prior_scale' | 'non_linearity'>): number {
  return A_prior_mean !== 0 || A_prior_scale === SAVED || typeof non_linearity === 'object' ? 2 : 1;
}

const WHO = 'HiddenLayer';

const OPTIONS = [
  ...['units', 'datasetSize', 'KL_factor', 'klWeight', 'A_prior_mean', 'A_prior_scale', 'non_linearity'],
  ...['include_hidden_bias', 'include_input_bias', 'weight_space_sampling'],
  ...['A_mean_initializer', 'A_scale_initializer', 'seed'],
];

/** Checks the options one by one and fills in the defaults. */
export function checkedOptions(options: HiddenLayerOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    refuse(
      WHO,
      'an options object is needed',
      shown(options),
      'e.g. hiddenLayer({units: 50, datasetSize: 1000})',
    );
  if ('X' in options || 'A_mean' in options)
    refuse(
      WHO,
      'a layer makes its own A_mean and gets X when it is called',
      'X or A_mean as an option',
      "for the distribution with Pyro's signature use new HiddenLayerDistribution({X, A_mean, A_scale})",
    );
  checkKeys(WHO, options, [...OPTIONS, ...LAYER_ARGS]);
  const {
    units,
    A_prior_mean = 0,
    A_prior_scale = 1,
    non_linearity = 'relu',
    include_hidden_bias = true,
    include_input_bias = false,
    weight_space_sampling = false,
    A_mean_initializer,
    A_scale_initializer,
  } = options;
  checkLayerArgs(WHO, options);
  checkPositiveInteger(WHO, 'units', units);
  const { datasetSize, KL_factor, klWeight, seed } = options;
  const kl = checkedKLOptions(WHO, { datasetSize, klFactor: KL_factor, klWeight, seed }, 'KL_factor');
  checkBoolean(WHO, 'include_hidden_bias', include_hidden_bias);
  checkBoolean(WHO, 'include_input_bias', include_input_bias);
  checkBoolean(WHO, 'weight_space_sampling', weight_space_sampling);
  return {
    settings: frozen({
      units,
      KL_factor: kl.klFactor,
      klWeight: kl.klWeight,
      A_prior_mean: checkedMean(WHO, 'A_prior_mean', A_prior_mean),
      A_prior_scale: checkedStddev(WHO, 'A_prior_scale', A_prior_scale),
      non_linearity: plainActivation(non_linearity),
      include_hidden_bias,
      include_input_bias,
      weight_space_sampling,
      A_mean_initializer:
        A_mean_initializer === undefined
          ? undefined
          : initializerConfig(WHO, 'A_mean_initializer', A_mean_initializer),
      A_scale_initializer: checkedScaleInitializer(A_scale_initializer),
      seed: kl.seed,
    }),
    outputOf: outputFunction(WHO, non_linearity, include_hidden_bias),
    leftOpen: {
      input: options.include_input_bias === undefined,
      hidden: options.include_hidden_bias === undefined,
      non_linearity: options.non_linearity === undefined,
    },
  };
}

/**
 * Options from a config as `getConfig` wrote it, or as TensorFlow.js hands it over from a saved model, where every key
 * went through snake_case and back: A_mean_initializer came out as aMeanInitializer, KL_factor as klFactor.
 *
 * @throws if the config was written by a later version of this package, or its format is no version at all.
 */
export function optionsFromConfig(config: Readonly<Record<string, unknown>>): HiddenLayerOptions {
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(optionsOfFormat(WHO, FORMAT, config)))
    options[ORIGINAL_KEY[key] ?? key] = value;
  // What early files have in their config stays there: their weights hold none.
  if ((config.format ?? 1) === 1 && Array.isArray(options.A_prior_scale))
    options.A_prior_scale = new InlineArrays(
      plainPriorScale(WHO, 'A_prior_scale', options.A_prior_scale) as PlainArrays,
    );
  // The one activation whose name does not survive either.
  if (options.non_linearity === 'geluNew') options.non_linearity = 'gelu_new';
  return options as unknown as HiddenLayerOptions;
}

const ORIGINAL_KEY: Readonly<Record<string, string>> = {
  klFactor: 'KL_factor',
  aPriorMean: 'A_prior_mean',
  aPriorScale: 'A_prior_scale',
  nonLinearity: 'non_linearity',
  includeHiddenBias: 'include_hidden_bias',
  includeInputBias: 'include_input_bias',
  weightSpaceSampling: 'weight_space_sampling',
  aMeanInitializer: 'A_mean_initializer',
  aScaleInitializer: 'A_scale_initializer',
};

function checkedScaleInitializer(initializer: HiddenLayerOptions['A_scale_initializer']): typeof initializer {
  if (typeof initializer === 'number') checkScale(WHO, 'A_scale_initializer', initializer);
  else if (initializer !== undefined) return initializerConfig(WHO, 'A_scale_initializer', initializer);
  return initializer;
}
