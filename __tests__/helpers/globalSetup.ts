/** Before any test: the native backend is installed where it is missing, or its absence has a reason that is said. */
import { ensureNative } from '../../scripts/ensureNative';
import { missingTools, thisPlatform, unsupported } from '../../scripts/native/needs';

export default async function globalSetup(): Promise<void> {
  const { ok, reason } = await ensureNative({ log: (line) => console.log(`native: ${line}`) });
  const possible = unsupported(thisPlatform()) === undefined && missingTools() === undefined;
  // In CI nothing is skipped that the machine could run: there its tests run, and fail.
  const skip = !ok && !(process.env.CI && possible);
  if (!ok) console.warn(`native: its tests ${skip ? 'are skipped' : 'will fail'}: ${reason}`);
  // The workers inherit it: `eachBackend` cannot wait for an answer while it names the tests.
  if (skip) process.env.TFJS_BNN_NO_NATIVE = reason;
  else delete process.env.TFJS_BNN_NO_NATIVE;
}
