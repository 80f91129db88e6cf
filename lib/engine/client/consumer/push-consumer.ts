import { Service } from '../../common/lifecycle.js';

export abstract class PushConsumer extends Service {
  /** Stops fetching; what is cached is still handled. */
  abstract pause(): void;
  abstract resume(): void;
}
