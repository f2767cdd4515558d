/** What a block leaves behind on the backend. */
import * as tf from '@tensorflow/tfjs';

/** Tensors, and the backend's own buffers: a kernel can lose one of these without any tensor. */
const alive = (): string =>
  `${tf.memory().numTensors} tensors and ${tf.backend().numDataIds()} buffers are alive`;

/** It throws by itself, since it also runs in a browser, where there is no jest. */
function expectAlive(before: string): void {
  const now = alive();
  if (now !== before) throw new Error(`${now}; before, ${before}.`);
}

/** Runs `block`, which must dispose of whatever it keeps; no `tf.tidy` is around it that would hide a leak. */
export function expectNoLeak(block: () => void): void {
  const before = alive();
  block();
  expectAlive(before);
}

/** `block` throws what it should and has cleaned up by then. */
export function expectCleanThrow(block: () => unknown, message: string | RegExp): void {
  expectNoLeak(() => {
    expect(block).toThrow(message);
  });
}

/** As `expectNoLeak`, for a block that goes on later. */
export async function expectNoLeakLater(block: () => Promise<void>): Promise<void> {
  const before = alive();
  await block();
  expectAlive(before);
}

/** As `expectCleanThrow`, for a promise. */
export async function expectCleanRejection(
  block: () => Promise<unknown>,
  message: string | RegExp,
): Promise<void> {
  await expectNoLeakLater(async () => {
    await expect(block()).rejects.toThrow(message);
  });
}
