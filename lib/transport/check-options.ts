import { z } from 'zod';
import { ConfigurationError, nearestName } from '../engine/index.js';

type Path = readonly PropertyKey[];

/**
 * Checks options that users wrote.
 * @param where whose options, for the message
 * @throws ConfigurationError with every problem, each with its path and the name that was probably meant
 */
export function checkOptions(where: string, schema: z.ZodType, given: unknown): void {
  const problems = optionProblems(schema, given);
  if (problems.length === 0) return;
  const list = problems.map((problem) => `\n- ${problem}`).join('');
  throw new ConfigurationError(
    where,
    `${problems.length} wrong ${problems.length === 1 ? 'option' : 'options'}${list}`,
  );
}

/** Each as `path: what is wrong`. */
export function optionProblems(schema: z.ZodType, given: unknown): string[] {
  return schema.safeParse(given).error?.issues.flatMap((issue) => problemsOf(issue, schema, given)) ?? [];
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, given: unknown): string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = namesAt(schema, issue.path, given);
    return issue.keys.map((key) => {
      const nearest = nearestName(key, known);
      const hint = nearest === undefined ? `; known are ${known.join(', ')}` : `; did you mean ${nearest}?`;
      return `${textOf([...issue.path, key])}: unknown${hint}`;
    });
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined)
    return [`${textOf(issue.path)}: ${discriminatorProblem(issue, given)}`];
  if (issue.code === 'invalid_type' && valueAt(given, issue.path) === undefined)
    return [`${textOf(issue.path)}: is missing; give it ${article(issue.expected)}`];
  return [`${textOf(issue.path)}: ${issue.message}`];
}

function discriminatorProblem(issue: z.core.$ZodIssueInvalidUnion, given: unknown): string {
  const options = ('options' in issue ? (issue.options as unknown[]) : []).map(String);
  const value = valueAt(given, issue.path);
  const nearest = typeof value === 'string' ? nearestName(value, options) : undefined;
  const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return `must be ${options.map((option) => `'${option}'`).join(' or ')}${hint}`;
}

/** The names an object may hold at `path`; of a union: those of the member that `given` chose. */
function namesAt(schema: z.ZodType, path: Path, given: unknown): string[] {
  const at = plain(schema, given);
  if (!(at instanceof z.ZodObject)) return [];
  const shape = at.shape as Record<string, z.ZodType>;
  if (path.length === 0) return Object.keys(shape);
  const [name, ...rest] = path;
  return namesAt(shape[String(name)], rest, valueAt(given, [name]));
}

function plain(schema: z.ZodType, given: unknown): z.ZodType {
  if (schema instanceof z.ZodOptional) return plain(schema.unwrap() as z.ZodType, given);
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator, options } = schema.def as unknown as { discriminator: string; options: z.ZodType[] };
  const isChosen = (member: z.ZodType): boolean =>
    member instanceof z.ZodObject &&
    (member.shape as Record<string, z.ZodType>)[discriminator].safeParse(valueAt(given, [discriminator])).success;
  return options.find(isChosen) ?? schema;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[name] : undefined),
    value,
  );
}

function textOf(path: Path): string {
  return path.map(String).join('.');
}

function article(type: string): string {
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
