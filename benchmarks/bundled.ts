/**
 * What a layer and `gaussianNLL` of `tfjs-bnn/modular` add to a page, by each bundler: `npx tsx benchmarks/bundled.ts`, or
 * with the names of some bundlers behind it. webpack and Rollup are fetched from npm where they are missing.
 */
import { Bench } from '../scripts/matrix/bench';
import { BUNDLERS, type Bundler } from '../scripts/matrix/bundlers';
import { added, PROGRAMS } from '../scripts/matrix/size';

const given = process.argv.slice(2) as Bundler[];
const bench = Bench.open();
for (const bundler of given.length > 0 ? given : (Object.keys(BUNDLERS) as Bundler[]))
  for (const { name, bytes, classes } of added(
    bench,
    bundler,
    Object.keys(PROGRAMS) as Array<keyof typeof PROGRAMS>,
  ))
    console.log(
      `${bundler.padEnd(8)} ${name.padEnd(13)} ${(bytes / 1000).toFixed(1)} kB  ${classes.join(' ')}`,
    );
await bench.close();
