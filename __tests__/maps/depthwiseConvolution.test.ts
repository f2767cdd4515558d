import { checkMap } from '../helpers/checkMap';
import { depthwiseCase, type Geometry } from '../helpers/mapCases';

const same = { padding: 'same' } as const;

const GEOMETRIES: Array<Partial<Geometry> & Pick<Geometry, 'axes' | 'sizes' | 'output'>> = [
  { axes: [5, 6], sizes: [3, 2], output: 1 },
  { axes: [5, 6], sizes: [2, 3], output: 2, ...same },
  { axes: [7, 6], sizes: [3, 2], output: 3, strides: [2, 2] },
  { axes: [7, 6], sizes: [3, 3], output: 2, ...same, strides: [2, 2] },
  { axes: [7, 6], sizes: [3, 2], output: 2, strides: [2, 3] },
  { axes: [7, 6], sizes: [2, 1], output: 2, ...same, strides: [3, 3] },
  { axes: [7, 6], sizes: [3, 2], output: 2, dilations: [2, 3] },
  { axes: [7, 6], sizes: [2, 2], output: 2, ...same, dilations: [2, 2] },
];

checkMap('depthwise convolution', GEOMETRIES.map((g) => depthwiseCase({ batch: 2, input: 3, ...g }))); // prettier-ignore
