// nestjs-rocketmq/testing: what tests of an application need.
export { durationMs, type Duration } from './duration.js';
export type { FailureKind, FailureSettings } from './planned-failures.js';
export { RocketTestingModule, type RocketTestingOptions } from './rocket-testing.module.js';
export { TestBroker, type TestBrokerOptions, type TestMessage } from './test-broker.js';
export { VirtualClock } from './virtual-clock.js';
export { unitOfWorkContract, type ContractCase } from './unit-of-work-contract.js';
