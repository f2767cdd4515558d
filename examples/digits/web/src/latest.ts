/**
 * Answers the newest question only. While one is being answered, those that come in replace each other: a fast pen never
 * makes a queue, and the last stroke is always answered.
 */
export function latest<Q>(answer: (question: Q) => Promise<void>): (question: Q) => void {
  let next: { question: Q } | undefined;
  let busy = false;
  return (question) => {
    next = { question };
    if (!busy) void work();
  };

  async function work(): Promise<void> {
    busy = true;
    while (next !== undefined) {
      const { question } = next;
      next = undefined;
      // An error is the answer's own business; here it must only not stop the next.
      await answer(question).catch(() => undefined);
    }
    busy = false;
  }
}
