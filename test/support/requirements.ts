/** Something of the machine that a suite can't do without; `reason` says what is missing when it isn't met. */
export interface Requirement {
  readonly met: boolean;
  readonly reason: string;
}

/**
 * A describe() that runs where its requirement is met. Elsewhere its tests count as skipped,
 * and the run's summary prints each of them with the reason.
 */
export function describeWhen(requirement: Requirement, name: string, suite: () => void): void {
  if (requirement.met) describe(name, suite);
  else describe.skip(`${name} [${requirement.reason}]`, suite);
}
