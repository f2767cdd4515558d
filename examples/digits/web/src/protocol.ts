/** What the page asks of the worker, and what it gets for an answer. */
import type { Image } from './image';

export const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'] as const;
export type Backend = (typeof BACKENDS)[number];

export interface Questions {
  /** Loads the nets from a folder, once. */
  load: { folder: string };
  /** Puts the nets on a backend. */
  use: { backend: Backend };
  predict: { image: Image; draws: number; seed: number };
}

export interface Answers {
  load: undefined;
  use: undefined;
  predict: Prediction;
}

export type Kind = keyof Questions;

export interface Prediction {
  bayesian: {
    /** Predictive probabilities of the ten classes. */
    mean: number[];
    /** One row of ten probabilities for each draw of the weights. */
    draws: number[][];
    /** nats */
    total: number;
    aleatoric: number;
    epistemic: number;
    milliseconds: number;
  };
  plain: {
    probabilities: number[];
    /** nats */
    entropy: number;
    milliseconds: number;
  };
  /** Tensors that the worker holds after it: the weights, and nothing more with each prediction. */
  tensors: number;
}

export interface Question<K extends Kind = Kind> {
  id: number;
  kind: K;
  body: Questions[K];
}

export type Reply = { id: number; answer: Answers[Kind] } | { id: number; error: string };
