/**
 * Answers the newest question only. While one is being answered, those that come in replace each other: a fast pen never
 * makes a queue, and the last stroke is always answered.
 *
 * @param onBusy is told when there is something to answer, and when all is answered.
 */
export function latest<Q>(
  answer: (question: Q) => Promise<void>,
  onBusy: (busy: boolean) => void = () => undefined,
): (question: Q) => void {
  let next: { question: Q } | undefined;
  let busy = false;
  return (question) => {
    next = { question };
    if (!busy) void work();
  };

  async function work(): Promise<void> {
    onBusy((busy = true));
    while (next !== undefined) {
      const { question } = next;
      next = undefined;
      // An error is the answer's own business; here it must only not stop the next.
      await answer(question).catch(() => undefined);
    }
    onBusy((busy = false));
  }
}
