/**
 * Every broker has this group, and no application consumes by it: under its name tools read, and keep how far they
 * have come. Source: Apache 5.3 MixAll#TOOLS_CONSUMER_GROUP.
 */
export const TOOLS_CONSUMER_GROUP = 'TOOLS_CONSUMER';
