import { checkMap } from '../helpers/checkMap';
import { convolutionCase, type Geometry } from '../helpers/mapCases';

const channels = { batch: 2, input: 3, output: 2 };
const same = { padding: 'same' } as const;

const GEOMETRIES: Array<Partial<Geometry> & Pick<Geometry, 'axes' | 'sizes'>> = [
  { axes: [7], sizes: [3] },
  { axes: [7], sizes: [2], ...same, strides: [3] },
  { axes: [9], sizes: [3], dilations: [3] },
  { axes: [5], sizes: [3], ...same, dilations: [2] },
  { axes: [5, 7], sizes: [3, 2] },
  { axes: [5, 4], sizes: [2, 3], ...same },
  { axes: [7, 6], sizes: [3, 2], ...same, strides: [2, 3] },
  { axes: [7, 8], sizes: [2, 1], strides: [3, 2] },
  { axes: [7, 6], sizes: [3, 2], dilations: [2, 3] },
  { axes: [5, 6], sizes: [3, 2], ...same, dilations: [2, 3] },
  { axes: [3, 4, 5], sizes: [2, 3, 2] },
  { axes: [3, 4, 5], sizes: [2, 3, 2], ...same, strides: [2, 1, 3] },
  { axes: [3, 5, 4], sizes: [2, 2, 1], strides: [1, 3, 2] },
  { axes: [5, 4, 5], sizes: [2, 2, 3], dilations: [2, 3, 2] },
  { axes: [3, 4, 3], sizes: [2, 2, 2], ...same, dilations: [2, 1, 2] },
];

checkMap('convolution', [
  ...GEOMETRIES.map((g) => convolutionCase({ ...channels, ...g })),
  convolutionCase({ batch: 1, input: 1, output: 1, axes: [1, 1], sizes: [1, 1] }),
]);
