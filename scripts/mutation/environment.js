/**
 * The environment of a test file that meets many mutants in one run, which spares each of them the start of jest.
 *
 * First every test runs as always; what it passes by is counted. Then each mutant is switched on, and the tests that come
 * to it run once more, until one fails. `globalThis[JOB]` says which mutants, and gets the verdicts:
 *
 *     killed      a test failed, or came to a place more than HITS times as often as without the mutant: a loop without end
 *     survived    all passed
 *     none        no test comes to it
 *     loading     it is passed by while the file is loaded: it needs a run of its own, as the one `active` mutant
 */
import { clearTimeout, setTimeout } from 'node:timers';
import TestsOfTensors from '../../__tests__/helpers/environment.js';

const JOB = Symbol.for('mutation job');
const HITS = 100;
/** Milliseconds for one test, which is far from what any takes: a promise that nobody keeps. */
const HANGS = 120_000;

export default class Mutants extends TestsOfTensors {
  constructor(config, context) {
    super(config, context);
    this.job = globalThis[JOB];
    this.switches = this.global.__stryker__ = { activeMutant: this.job.active ?? 'none' };
  }

  async handleTestEvent(event, state) {
    super.handleTestEvent(event);
    const { job, switches } = this;
    if (event.name === 'test_start')
      if ((job.active !== undefined && job.failed) || isWithout(job, event.test)) event.test.mode = 'skip';
    if (event.name === 'test_fn_failure') job.failed = true;
    if (job.active !== undefined) return;
    if (event.name === 'run_start') {
      this.tests = planOf(state.rootDescribeBlock, []).filter(({ test }) => !isWithout(job, test));
      this.loading = new Set(Object.keys(switches.mutantCoverage?.static ?? {}));
    }
    if (event.name === 'test_start')
      switches.currentTestId = String(this.tests.findIndex(({ test }) => test === event.test));
    if (event.name === 'test_done') switches.currentTestId = undefined;
    if (event.name === 'run_finish' && !job.failed) await this.meetAll();
  }

  async meetAll() {
    const { job, switches, tests, loading } = this;
    const { static: outside = {}, perTest = {} } = switches.mutantCoverage ?? {};
    // What it counts is of no use any more.
    switches.currentTestId = 'mutated';
    for (const id of job.ids) {
      const hits = Object.values(perTest).reduce((sum, of) => sum + (of[id] ?? 0), outside[id] ?? 0);
      const coming = tests.filter((_, i) => outside[id] !== undefined || perTest[i]?.[id] !== undefined);
      if (loading.has(id)) job.verdicts[id] = 'loading';
      else if (hits === 0) job.verdicts[id] ??= 'none';
      else {
        Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit: HITS * (hits + 10) });
        job.verdicts[id] = (await this.passAll(coming)) ? 'survived' : 'killed';
        Object.assign(switches, { activeMutant: 'none', hitCount: undefined });
      }
    }
    // A test that leaves something behind when it fails would count as one that notices whatever follows.
    job.sound = await this.passAll(tests);
  }

  /** Do all of them pass? The hooks of a block run around each: a test that failed may have left anything. */
  async passAll(tests) {
    for (const test of tests) if (!(await this.passes(test))) return false;
    return true;
  }

  async passes({ test, fn, blocks }) {
    super.handleTestEvent({ name: 'test_start', test });
    const hooks = (type) =>
      blocks.flatMap((block) => block.hooks.filter((hook) => hook.type === type).map((hook) => hook.fn));
    let passed = true;
    const run = async (f) => {
      try {
        await inTime(f.call({}));
      } catch {
        passed = false;
      }
    };
    for (const hook of [...hooks('beforeAll'), ...hooks('beforeEach')]) await run(hook);
    if (passed) await run(fn);
    for (const hook of [...hooks('afterEach'), ...hooks('afterAll')]) await run(hook);
    return passed;
  }
}

const isWithout = ({ without }, test) => new RegExp(without).test(test.name);

/** The tests in their order, each with the blocks around it from the outermost on; copies, since jest may let go of them. */
function planOf(block, around) {
  const own = { hooks: block.hooks.map(({ type, fn }) => ({ type, fn })) };
  const blocks = [...around, own];
  return block.children.flatMap((child) => {
    if (child.type === 'describeBlock') return planOf(child, blocks);
    return child.mode === 'skip' || child.mode === 'todo' ? [] : [{ test: child, blocks, fn: child.fn }];
  });
}

function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('It hangs.')), HANGS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
