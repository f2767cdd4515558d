/** Before any test: the native backend is installed where it is missing, or its absence has a reason that is said. */
import { ensureNative } from '../../scripts/ensureNative';
import { missingTools, thisPlatform, unsupported } from '../../scripts/native/needs';

export default async function globalSetup(): Promise<void> {
  const { ok, reason } = await ensureNative({ log: (line) => console.log(`native: ${line}`) });
  // The workers inherit it: `eachBackend` cannot wait for an answer while it names the tests.
  if (ok) delete process.env.TFJS_BNN_NO_NATIVE;
  else process.env.TFJS_BNN_NO_NATIVE = reason;
  if (ok) return;
  const possible = unsupported(thisPlatform()) === undefined && missingTools() === undefined;
  if (process.env.CI === 'true' && possible) throw new Error(reason);
  console.warn(`native: its tests are skipped: ${reason}`);
}
