/**
 * The environment of the tests where one failure tells everything, as it does of a mutant: what comes after it, in the
 * same file or in another, is skipped.
 */
import process from 'node:process';
import TestsOfTensors from './environment.js';

/** The mutant that a test has failed of. */
let failed;

export default class UntilFailure extends TestsOfTensors {
  handleTestEvent(event) {
    super.handleTestEvent(event);
    const mutant = process.env.__STRYKER_ACTIVE_MUTANT__;
    if (mutant === undefined) return;
    if (event.name === 'test_start' && failed === mutant) event.test.mode = 'skip';
    if (event.name === 'test_fn_failure') failed = mutant;
  }
}
