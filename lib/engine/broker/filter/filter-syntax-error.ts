import { RocketMqError, type RocketMqErrorOptions } from '../../common/errors.js';

/** A subscription's expression that cannot be understood. */
export class FilterSyntaxError extends RocketMqError {
  readonly code = 'FILTER_SYNTAX';

  constructor(reason: string, options?: RocketMqErrorOptions) {
    super(`Invalid MessageSelector. ${reason}`, options);
  }
}
