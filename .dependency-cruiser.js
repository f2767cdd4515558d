/**
 * Who may import whom in `src`.
 *
 * Imports go down the floors, or sideways within one, and never in a circle. Imports of types count: a type that
 * points upwards ties the two files together just as well.
 *
 * This is the one table. A new file of `src` enters it: a file on no floor is an error.
 */
export const FLOORS = [
  /* 0: what is refused and how it is said, and what an operation is */
  ['check.ts', 'op.ts', 'refusal/'],
  /* 1: the mathematics, which has never heard of a layer */
  [
    'estimators/',
    'families/',
    'gaussian/',
    'kernels/',
    'likelihoods/',
    'maps/',
    'metrics/',
    'noise/',
    'numerics/',
    'plots/',
  ],
  /* 2: the faces of the mathematics */
  ['adam.ts', 'distribution.ts', 'layers/', 'optimizer/'],
  /* 3: what is done with a model that has them */
  ['checkpoint/', 'diagnosis/', 'model/', 'plain/', 'posthoc/', 'predict/', 'train/'],
  /* 4: the front door */
  ['index.ts'],
];

/** Matches the files of the given floors; an entry that ends in a slash is a whole folder. */
const on = (floors) =>
  `^src/(${floors
    .flat()
    .map((entry) => entry.replace('.', '[.]') + (entry.endsWith('/') ? '' : '$'))
    .join('|')})`;

const upwards = FLOORS.slice(0, -1).map((files, floor) => ({
  name: `floor-${floor}-imports-upwards`,
  comment: `A file of floor ${floor} imports from a floor above. Move what it needs down, or hand it over as an argument.`,
  severity: 'error',
  from: { path: on([files]) },
  to: { path: on(FLOORS.slice(floor + 1)) },
}));

const SRC = '^src/';
const NO_FLOOR = 'Enter the file in the table of floors in .dependency-cruiser.js.';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...upwards,
    {
      name: 'circle',
      comment: 'Two files that import each other, types included, are one file in two places.',
      severity: 'error',
      from: { path: SRC },
      to: { circular: true },
    },
    // Three ways to meet a file that the table does not name: it imports, it is imported, it does neither.
    {
      name: 'on-no-floor',
      comment: NO_FLOOR,
      severity: 'error',
      from: { path: SRC, pathNot: on(FLOORS) },
      to: {},
    },
    {
      name: 'on-no-floor-imported',
      comment: NO_FLOOR,
      severity: 'error',
      from: { path: SRC },
      to: { path: SRC, pathNot: on(FLOORS) },
    },
    {
      name: 'on-no-floor-alone',
      comment: NO_FLOOR,
      severity: 'error',
      from: { orphan: true, path: SRC, pathNot: on(FLOORS) },
      to: {},
    },
    {
      name: 'out-of-the-house',
      comment:
        'The package runs in browsers too and has one peer: from outside src only @tensorflow/tfjs is imported.',
      severity: 'error',
      from: { path: SRC },
      to: { pathNot: [SRC, '^[.]', '(^|/)@tensorflow/tfjs(/|$)'] },
    },
    {
      name: 'nowhere',
      comment: 'The import does not resolve.',
      severity: 'error',
      from: { path: SRC },
      to: { couldNotResolve: true, pathNot: '^@tensorflow/tfjs$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'], exportsFields: ['exports'] },
  },
};
