// jest reporter: why each skipped test was skipped, then one line that sums the run up.
import { appendFileSync } from 'node:fs';

export default class SummaryReporter {
  /**
   * @param {unknown} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, results) {
    for (const suite of results.testResults) {
      for (const test of suite.testResults) {
        if (test.status === 'pending' || test.status === 'todo') console.log(`skipped: ${test.fullName}`);
      }
    }
    const group = process.env.TEST_GROUP ?? 'all';
    const passed = results.numPassedTests;
    // A suite that could not be loaded ran none of its tests; it counts as one that failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    if (process.env.TEST_SUMMARY) {
      appendFileSync(process.env.TEST_SUMMARY, `${JSON.stringify({ group, passed, failed, skipped })}\n`);
    }
    console.log(`seed ${process.env.TEST_SEED}, replayed by: -- --seed ${process.env.TEST_SEED}`);
    console.log(`${group}: ${passed} passed, ${failed} failed, ${skipped} skipped`);

    // What is stopped must let the process end. This timer keeps nothing alive: it fires only if something else does.
    setTimeout(() => {
      console.error('The tests are done, but a timer, socket or child process was left open.');
      process.exit(1);
    }, 10_000).unref();
  }
}
