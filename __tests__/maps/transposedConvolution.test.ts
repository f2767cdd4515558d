import { checkMap } from '../helpers/checkMap';
import { transposedCase, type Geometry } from '../helpers/mapCases';

const same = { padding: 'same' } as const;

// Strides of one, below, equal to and above the filter.
const GEOMETRIES: Array<Partial<Geometry> & Pick<Geometry, 'axes' | 'sizes'>> = [
  { axes: [4, 3], sizes: [3, 2] },
  { axes: [4, 3], sizes: [3, 2], ...same },
  { axes: [3, 4], sizes: [3, 3], strides: [2, 2] },
  { axes: [3, 4], sizes: [3, 4], strides: [2, 3], ...same },
  { axes: [3, 2], sizes: [2, 2], strides: [2, 2] },
  { axes: [3, 2], sizes: [1, 2], strides: [3, 4] },
  { axes: [3, 2], sizes: [2, 1], strides: [3, 2], ...same },
  { axes: [1, 1], sizes: [3, 2], strides: [1, 2] },
];

checkMap('transposed convolution', GEOMETRIES.map((g) => transposedCase({ batch: 2, input: 3, output: 2, ...g }))); // prettier-ignore
