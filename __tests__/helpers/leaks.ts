/** What a block leaves behind on the backend. */
import * as tf from '@tensorflow/tfjs';

/** Tensors, and the backend's own buffers: a kernel can lose one of these without any tensor. */
const alive = (): { tensors: number; buffers: number } => ({
  tensors: tf.memory().numTensors,
  buffers: tf.backend().numDataIds(),
});

/** Runs `block`, which must dispose of whatever it keeps; no `tf.tidy` is around it that would hide a leak. */
export function expectNoLeak(block: () => void): void {
  const before = alive();
  block();
  expect(alive()).toEqual(before);
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
  expect(alive()).toEqual(before);
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
