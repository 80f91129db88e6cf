import type { Startable } from '../common/lifecycle.js';
import type { AccessControl } from './access-control.js';
import type { AccessTables } from './access-tables.js';

/** A server's access control with what it knows; started before the first request is taken. */
export interface Access extends Startable {
  readonly control: AccessControl;
  /** Users and rules that requests may change. */
  readonly tables: AccessTables;
  /** Resolves when they are on the disk as they are now. */
  save(): Promise<void>;
}
