/**
 * `npm run kernels`: compiles `assembly/` into `src/kernels/simdBytes.ts`, and writes the graph of the native backend
 * into `src/kernels/graphBytes.ts`. The bytes are part of the sources, so that nothing has to be fetched or bundled
 * beside the package; tests hold them against what they are made from.
 */
import { writeFileSync } from 'node:fs';
import { generate, GENERATED } from './kernels/compile';
import { GRAPH_FILE, graphFile } from './kernels/graph';

writeFileSync(GENERATED, generate(process.cwd()));
writeFileSync(GRAPH_FILE, graphFile());
