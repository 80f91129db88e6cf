import { ConfigurationError } from '../common/errors.js';
import { groupNameProblem } from '../message/topic-names.js';

/** @throws ConfigurationError unless `value` is an integer from `min` to `max` */
export function checkInteger(field: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new ConfigurationError(field, `is ${String(value)}; give an integer ${range}`);
}

/** @throws ConfigurationError when the name of a producer or consumer group may not be used */
export function checkGroup(group: string): void {
  if (typeof group !== 'string') throw new ConfigurationError('group', 'is missing; name the group');
  const problem = groupNameProblem(group);
  if (problem !== undefined) throw new ConfigurationError('group', problem);
}

/** `options` over `defaults`; what is undefined counts as left out. */
export function withDefaults<Options extends object, Defaults extends Partial<Options>>(
  options: Options,
  defaults: Defaults,
): Options & Required<Defaults> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as Options & Required<Defaults>;
}
