/** `npm start`: a Bayesian net learns handwritten digits, beside a plain one of the same size, and shows what it knows. */
import { tell } from '../story';
import { HELP, parseOptions } from './options';
import { run } from './run';

await tell({ name: 'digits', help: HELP, parseOptions, run });
