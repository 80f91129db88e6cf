import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { DEFAULT_CONNECTION, TRANSACTION_CHECKS, type TransactionCheckDefinition } from '../decorators/metadata.js';
import {
  ConfigurationError,
  type HalfMessageHandle,
  type ReceivedMessage,
  type TransactionChecker,
} from '../engine/index.js';

interface Check {
  definition: TransactionCheckDefinition;
  answer: TransactionChecker;
}

/**
 * The methods marked by @TransactionCheck as one checker. One that names a topic goes before one
 * that does not; without any the answer is UNKNOWN, and the broker asks again.
 * @throws ConfigurationError when two would answer for the same messages
 */
export function transactionChecker(modules: ModulesContainer, connection: string): TransactionChecker {
  const checks = findChecks(modules).filter(
    ({ definition }) => (definition.connection ?? DEFAULT_CONNECTION) === connection,
  );
  assertDistinct(checks);
  return async (message: ReceivedMessage, handle: HalfMessageHandle) => {
    const matching = checks.filter(
      ({ definition: { topic = message.topic, producerGroup = handle.producerGroup } }) =>
        topic === message.topic && producerGroup === handle.producerGroup,
    );
    const check = matching.find(({ definition }) => definition.topic !== undefined) ?? matching.at(0);
    return check === undefined ? 'UNKNOWN' : check.answer(message, handle);
  };
}

function findChecks(modules: ModulesContainer): Check[] {
  const scanner = new MetadataScanner();
  const seen = new Set<object>();
  const checks: Check[] = [];
  for (const { providers, controllers } of modules.values()) {
    for (const { instance } of [...providers.values(), ...controllers.values()]) {
      if (typeof instance !== 'object' || instance === null || seen.has(instance)) continue;
      const host = instance as Record<string, TransactionChecker>;
      seen.add(host);
      for (const name of scanner.getAllMethodNames(Object.getPrototypeOf(host) as object)) {
        const definitions = Reflect.getMetadata(TRANSACTION_CHECKS, host[name]) as
          TransactionCheckDefinition[] | undefined;
        for (const definition of definitions ?? [])
          checks.push({ definition, answer: (message, handle) => host[name](message, handle) });
      }
    }
  }
  return checks;
}

function assertDistinct(checks: readonly Check[]): void {
  const bySubject = new Map<string, string>();
  for (const { definition } of checks) {
    const { topic = '*', producerGroup = '*', source } = definition;
    const subject = `${topic} of ${producerGroup}`;
    const other = bySubject.get(subject);
    if (other !== undefined)
      throw new ConfigurationError(
        '@TransactionCheck',
        `${other} and ${source} both answer for topic ${topic}, producer group ${producerGroup}; name a topic for each`,
      );
    bySubject.set(subject, source);
  }
}
