/**
 * Ctrl-C as an AbortSignal: the first one asks for an early end, one that comes later ends the program at once.
 *
 * npm and tsx pass on a Ctrl-C that the terminal has already sent to the whole group: what follows within a moment is
 * the same one.
 */
const SAME_MS = 1000;

/** @param onFirst says that the first one has been heard. */
export function interruptSignal(onFirst: () => void): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  process.on('SIGINT', () => {
    if (first === undefined) {
      first = performance.now();
      controller.abort();
      onFirst();
    } else if (performance.now() - first > SAME_MS) process.exit(130);
  });
  return controller.signal;
}
