import { eachBackend } from '../helpers/eachBackend';
import { checks } from './checks';

eachBackend('conformance', () => {
  test.each(checks.map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
    await run();
  });
});
