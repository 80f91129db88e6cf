import { unitOfWorkContract } from '../../../lib/testing/unit-of-work-contract.js';
import { describeWhen } from '../../support/requirements.js';
import { databasesUnderTest, stopServers, type OpenDatabase } from '../../support/transaction-databases.js';

afterAll(stopServers);

for (const { name, requirement, open } of databasesUnderTest) {
  describeWhen(requirement, `the contract of units of work, on ${name}`, () => {
    let database: OpenDatabase;
    beforeAll(async () => (database = await open()), 60_000);
    afterAll(() => database.close());

    for (const { name: promise, run } of unitOfWorkContract(async () => database.unitOfWork)) it(promise, run, 30_000);
  });
}
