/** Collects what `console.warn` is told, in the place of printing it. */
let spy: jest.SpyInstance<unknown, unknown[]>;

/** Call it in a describe block or a file: every test in it starts with an empty list. */
export function collectWarnings(): () => Promise<string[]> {
  beforeEach(() => {
    spy = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => {
    spy.mockRestore();
  });
  return async () => {
    // Some are said in a microtask, when all layers of a step have been called.
    await Promise.resolve();
    const messages = spy.mock.calls.map(([message]) => String(message));
    // TensorFlow.js recommends its native backend once in a process.
    return messages.filter((message) => !message.includes('Hi, looks like you are running'));
  };
}
