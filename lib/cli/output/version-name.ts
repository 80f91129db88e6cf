/** The place of V4_0_0_SNAPSHOT among the constants of Apache 5.3 MQVersion; from there on they follow a rule. */
const V4 = 212;

/** `V5_3_3` for 479. Each version has a snapshot before it, ten versions make a minor, ten minors a major. */
export function versionName(ordinal: number): string {
  if (ordinal < V4) return `version ${ordinal}`;
  const version = Math.floor((ordinal - V4) / 2);
  const [major, minor, patch] = [4 + Math.floor(version / 100), Math.floor(version / 10) % 10, version % 10];
  return `V${major}_${minor}_${patch}${ordinal % 2 === 0 ? '_SNAPSHOT' : ''}`;
}
