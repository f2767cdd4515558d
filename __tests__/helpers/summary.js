import process from 'node:process';

/** Tests of one backend say so in their title: `KL near equality [webgl]`. */
const BACKEND = /\[((cpu|wasm|tensorflow|webgl|webgpu)\b[^\]]*)\]/;

/** Names the tests that were skipped, counts those of each backend, then says on the last line how many passed and failed. */
export default class Summary {
  onRunComplete(_contexts, results) {
    const tests = results.testResults.flatMap((file) => file.testResults);
    const skipped = tests.filter(isSkipped).map(({ fullName }) => fullName);
    // A file that does not even load has no failed tests: it counts as one.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const lines = [
      ...skipped.map((name) => `skipped: ${name}`),
      ...perBackend(tests),
      counts(results.numPassedTests, failed, skipped.length),
    ];
    // At the exit, since jest's own summary comes after every reporter.
    process.once('exit', () => process.stderr.write(`\n${lines.join('\n')}\n`));
  }
}

const isSkipped = ({ status }) => status === 'pending' || status === 'todo';

function perBackend(tests) {
  const byBackend = new Map();
  for (const test of tests) {
    const backend = BACKEND.exec(test.fullName)?.[1];
    if (backend === undefined) continue;
    const where = test.fullName.includes('[Chromium]') ? `${backend} in Chromium` : backend;
    byBackend.set(where, [...(byBackend.get(where) ?? []), test]);
  }
  return [...byBackend].map(([backend, of]) => {
    const count = (status) => of.filter((test) => test.status === status).length;
    return `${backend}: ${counts(count('passed'), count('failed'), of.filter(isSkipped).length)}`;
  });
}

const counts = (passed, failed, skipped) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
