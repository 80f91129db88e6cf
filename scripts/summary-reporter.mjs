// jest reporter: why each skipped test was skipped, then the one line that people and CI read.
import { appendFileSync } from 'node:fs';

export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    for (const { assertionResults, testResults } of results.testResults) {
      for (const test of assertionResults ?? testResults) {
        if (test.status === 'pending' || test.status === 'todo') console.log(`skipped: ${test.fullName}`);
      }
    }
    const summary = {
      group: process.env.TEST_GROUP ?? 'jest',
      passed: results.numPassedTests,
      // A suite that could not be loaded ran none of its tests; it counts as one that failed.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    if (process.env.TEST_SUMMARY) appendFileSync(process.env.TEST_SUMMARY, `${JSON.stringify(summary)}\n`);
    console.log(`seed ${process.env.TEST_SEED}, replay with: -- --seed ${process.env.TEST_SEED}`);
    console.log(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`);
  }
}
