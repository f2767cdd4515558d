import { checkMap } from '../helpers/checkMap';
import { denseCase } from '../helpers/mapCases';

checkMap('dense', [
  denseCase([5], 4, 3),
  denseCase([1], 1, 1),
  denseCase([2, 3], 3, 5),
  denseCase([2, 1, 3], 2, 2),
]);
