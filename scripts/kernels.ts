/**
 * `npm run kernels`: compiles `assembly/` into `src/kernels/simdBytes.ts`. The bytes are part of the sources, so that
 * nothing has to be fetched or bundled beside the package; a test holds them against `assembly/`.
 */
import { writeFileSync } from 'node:fs';
import { generate, GENERATED } from './kernels/compile';

writeFileSync(GENERATED, generate(process.cwd()));
