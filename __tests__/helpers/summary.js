import process from 'node:process';

/** Names the tests that were skipped, then says on the last line how many passed and failed. */
export default class Summary {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) =>
      file.testResults
        .filter(({ status }) => status === 'pending' || status === 'todo')
        .map(({ fullName }) => fullName),
    );
    // A file that does not even load has no failed tests: it counts as one.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
    const lines = [
      ...skipped.map((name) => `skipped: ${name}`),
      `${results.numPassedTests} passed, ${failed} failed${tail}`,
    ];
    // At the exit, since jest's own summary comes after every reporter.
    process.once('exit', () => process.stderr.write(`\n${lines.join('\n')}\n`));
  }
}
