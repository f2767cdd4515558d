/** `npm run regression`: the mass of a penguin from the length of its flipper, with a band that knows where there are none. */
import { tell } from '../story';
import { HELP, parseOptions } from './options';
import { run } from './run';

await tell({ name: 'regression', help: HELP, parseOptions, run });
