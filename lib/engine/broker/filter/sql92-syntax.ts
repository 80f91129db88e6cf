import { FilterSyntaxError } from './filter-syntax-error.js';
import { parse } from './sql92-parser.js';

/** What the grammar (sql92.peggy) makes of a text. */
export type SyntaxNode =
  | { kind: 'or' | 'and' | 'equal' | 'notEqual'; left: SyntaxNode; right: SyntaxNode }
  | { kind: 'isNull' | 'isNotNull'; left: SyntaxNode }
  | { kind: 'order'; operator: '>' | '>=' | '<' | '<='; left: SyntaxNode; right: SyntaxNode }
  | { kind: 'contains' | 'startsWith' | 'endsWith'; isNot: boolean; left: SyntaxNode; search: string }
  | { kind: 'between'; isNot: boolean; left: SyntaxNode; low: SyntaxNode; high: SyntaxNode }
  | { kind: 'in'; isNot: boolean; left: SyntaxNode; elements: string[] }
  | { kind: 'negate' | 'not'; operand: SyntaxNode }
  | { kind: 'property'; name: string }
  | { kind: 'constant'; value: string | boolean | null }
  | { kind: 'integer' | 'double'; text: string };

/** Whoever subscribes chooses the text, so its size is bounded before anything is made of it. */
const MAX_LENGTH = 8192;
const MAX_NESTING = 64;

/** @throws FilterSyntaxError */
export function parseSql92(text: string): SyntaxNode {
  if (text.length > MAX_LENGTH) {
    throw new FilterSyntaxError(`it has ${text.length} characters; at most ${MAX_LENGTH} are allowed`);
  }
  if (nestingOf(text) > MAX_NESTING) {
    throw new FilterSyntaxError(`its parentheses are nested deeper than ${MAX_NESTING} levels`);
  }
  try {
    return parse(text, {}) as SyntaxNode;
  } catch (error) {
    if (error instanceof Error && error.name === 'SyntaxError') {
      throw new FilterSyntaxError(describe(error), { cause: error });
    }
    throw error;
  }
}

/** Parentheses in texts count as well: no filter needs so many. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '(') deepest = Math.max(deepest, ++depth);
    else if (character === ')') depth--;
  }
  return deepest;
}

function describe(error: Error & { location?: { start: { offset: number } } }): string {
  const place = error.location === undefined ? '' : ` (at character ${error.location.start.offset + 1})`;
  return error.message + place;
}
