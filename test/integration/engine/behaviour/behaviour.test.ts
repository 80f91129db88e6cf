import { ourTargets, type Target } from '../../../support/engine-targets.js';
import { cycles } from '../../../support/run-options.js';
import { administration, operation } from './administration.suite.js';
import { clientSettings } from './client-settings.suite.js';
import { consuming } from './consuming.suite.js';
import { ordering } from './ordering.suite.js';
import { popping } from './popping.suite.js';
import { producing } from './producing.suite.js';
import { pulling } from './pulling.suite.js';
import { restarting } from './restarting.suite.js';
import { transactions } from './transactions.suite.js';

jest.setTimeout(30_000);

describe.each(ourTargets)('$name', ({ start, isVariant }) => {
  let target: Target;

  beforeAll(async () => {
    target = await start();
  });

  afterAll(async () => {
    await target.stop();
  });

  describe('producing', () => producing(() => target));
  describe('consuming', () => consuming(() => target));
  describe('ordering', () => ordering(() => target));
  describe('transactions', () => transactions(() => target));
  if (isVariant && cycles(1) === 1) return;
  describe('pulling', () => pulling(() => target));
  describe('popping', () => popping(() => target));
  describe('restarting', () => restarting(() => target));
  describe('client settings', () => clientSettings(() => target));
  describe('administration', () => administration(() => target));
  describe('operation', () => operation(() => target));
});
