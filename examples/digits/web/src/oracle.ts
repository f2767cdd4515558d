/** The worker as a function: ask it something, await the answer. */
import type { Answers, Kind, Question, Questions, Reply } from './protocol';

interface Waiting {
  resolve: (answer: Answers[Kind]) => void;
  reject: (error: Error) => void;
}

export class Oracle {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const { resolve, reject } = this.waiting.get(data.id)!;
      this.waiting.delete(data.id);
      if ('error' in data) reject(new Error(data.error));
      else resolve(data.answer);
    };
    worker.onerror = (event) => {
      for (const { reject } of this.waiting.values())
        reject(new Error(event.message || 'The worker that holds the nets could not be started.'));
      this.waiting.clear();
    };
  }

  /** @throws what went wrong in the worker. */
  ask<K extends Kind>(kind: K, body: Questions[K]): Promise<Answers[K]> {
    const question: Question<K> = { id: this.asked++, kind, body };
    return new Promise((resolve, reject) => {
      this.waiting.set(question.id, { resolve: resolve as Waiting['resolve'], reject });
      this.worker.postMessage(question);
    });
  }
}
