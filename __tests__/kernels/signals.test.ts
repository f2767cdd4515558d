import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { backends } from '../helpers/eachBackend';

const program = join(__dirname, '..', 'helpers', 'trainUnderSignals.ts');
const testNative = backends.includes('tensorflow') ? test : test.skip;

testNative('training survives signals, such as those of a profiler [tensorflow]', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program]);
  expect(stdout).toContain('alive');
});
