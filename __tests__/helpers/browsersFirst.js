import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/**
 * Tests in a browser take longest, and start first: on a clean checkout jest knows no times, goes by the sizes of the
 * files, and one worker ends up waiting for the last of them.
 */
export default class BrowsersFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const inBrowser = new Set(
      sorted.filter(({ path }) => readFileSync(path, 'utf8').includes('describeInChromium')),
    );
    return [...inBrowser, ...sorted.filter((test) => !inBrowser.has(test))];
  }
}
