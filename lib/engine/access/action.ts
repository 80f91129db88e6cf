/** What is done to a resource; All is every one of them. Source: Apache 5.3 Action. */
export type Action = 'All' | 'Pub' | 'Sub' | 'Create' | 'Update' | 'Delete' | 'Get' | 'List';

const actions: readonly Action[] = ['All', 'Pub', 'Sub', 'Create', 'Update', 'Delete', 'Get', 'List'];

/** In any case; undefined: no action. */
export function parseAction(name: string): Action | undefined {
  return actions.find((known) => known.toLowerCase() === name.trim().toLowerCase());
}
