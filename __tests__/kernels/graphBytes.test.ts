import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GRAPH_FILE, graphFile } from '../../scripts/kernels/graph';

test('the bytes are those of the graph that scripts/kernels/graph.ts writes down', () => {
  expect(readFileSync(join(__dirname, '..', '..', GRAPH_FILE), 'utf8')).toBe(graphFile());
});
