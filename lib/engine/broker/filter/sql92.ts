import { FilterSyntaxError } from './filter-syntax-error.js';
import { parseSql92, type SyntaxNode } from './sql92-syntax.js';
import {
  compareTextsAsNumbers,
  compareValues,
  integerLiteral,
  negate,
  NotComparable,
  type Sql92Number,
  type Sql92Value,
} from './sql92-values.js';

type PropertyMap = ReadonlyMap<string, string>;
type Evaluate = (properties: PropertyMap) => Sql92Value;

/** Three-valued: null is neither. */
type Truth = boolean | null;
type EvaluateTruth = (properties: PropertyMap) => Truth;

/** One part of an expression, compiled, with what the checks around it have to know. */
interface Part {
  readonly evaluate: Evaluate;
  /** The truth it has as a condition; undefined: it is none. */
  readonly asCondition?: EvaluateTruth;
  /** Set on a literal. */
  readonly constant?: { readonly value: Sql92Value };
  readonly isProperty: boolean;
}

const MAX_IN_ELEMENTS = 1024;

/**
 * Compiles a subscription by SQL92. A message matches when the expression is true of its
 * properties; null, and what cannot be compared, is no match.
 * @throws FilterSyntaxError
 * Source: Apache 5.3 SelectorParser and its expressions.
 */
export function compileSql92(text: string): (properties: PropertyMap) => boolean {
  const condition = conditionOf(compile(parseSql92(text)));
  return (properties) => {
    try {
      return condition(properties) === true;
    } catch (error) {
      if (error instanceof NotComparable) return false;
      throw error;
    }
  };
}

function compile(node: SyntaxNode): Part {
  switch (node.kind) {
    case 'or':
      return condition(or(conditionOf(compile(node.left)), conditionOf(compile(node.right))));
    case 'and':
      return condition(and(conditionOf(compile(node.left)), conditionOf(compile(node.right))));
    case 'not':
      return condition(not(conditionOf(compile(node.operand))));
    case 'equal':
      return condition(compileEqual(compile(node.left), compile(node.right)));
    case 'notEqual':
      return condition(not(compileEqual(compile(node.left), compile(node.right))));
    case 'isNull':
      return condition(isNull(compile(node.left)));
    case 'isNotNull':
      return condition(not(isNull(compile(node.left))));
    case 'order':
      return condition(compileOrder(compile(node.left), node.operator, compile(node.right)));
    case 'between':
      return condition(compileBetween(compile(node.left), compile(node.low), compile(node.high), node.isNot));
    case 'in':
      return condition(compileIn(compile(node.left), node.elements, node.isNot));
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return condition(compileTextTest(compile(node.left), node.kind, node.search, node.isNot));
    case 'negate':
      return compileNegate(compile(node.operand));
    case 'property':
      return property(node.name);
    case 'constant':
      return constant(node.value);
    case 'integer':
      return constant(integerLiteral(node.text) ?? refuse(`${node.text} does not fit 64 bits`));
    case 'double':
      return constant(doubleLiteral(node.text));
  }
}

function condition(asCondition: EvaluateTruth): Part {
  return { evaluate: asCondition, asCondition, isProperty: false };
}

/** By itself a property is never true: it is a text. */
function property(name: string): Part {
  return {
    evaluate: (properties) => properties.get(name) ?? null,
    asCondition: (properties) => (properties.has(name) ? false : null),
    isProperty: true,
  };
}

function constant(value: Sql92Value): Part {
  const evaluate = (): Sql92Value => value;
  const isTruth = value === null || typeof value === 'boolean';
  return { evaluate, constant: { value }, isProperty: false, ...(isTruth ? { asCondition: () => value } : {}) };
}

function compileNegate({ evaluate, constant: literal }: Part): Part {
  const value = literal?.value;
  if (!isNumber(value)) {
    // Only a number of the expression itself can be negated: properties are texts.
    return { evaluate: (properties) => negated(evaluate(properties)), isProperty: false };
  }
  const negative = negate(value);
  return { evaluate: () => negative, isProperty: false };
}

function negated(value: Sql92Value): Sql92Value {
  return isNumber(value) ? negate(value) : null;
}

function or(left: EvaluateTruth, right: EvaluateTruth): EvaluateTruth {
  return (properties) => {
    const first = left(properties);
    if (first === true) return true;
    const second = right(properties);
    if (second === true) return true;
    return first === null || second === null ? null : false;
  };
}

function and(left: EvaluateTruth, right: EvaluateTruth): EvaluateTruth {
  return (properties) => {
    const first = left(properties);
    if (first === false) return false;
    const second = right(properties);
    if (second === false) return false;
    return first === null || second === null ? null : true;
  };
}

function not(operand: EvaluateTruth): EvaluateTruth {
  return (properties) => {
    const truth = operand(properties);
    return truth === null ? null : !truth;
  };
}

function isNull({ evaluate }: Part): EvaluateTruth {
  return (properties) => evaluate(properties) === null;
}

function compileEqual(left: Part, right: Part): EvaluateTruth {
  for (const { constant: literal } of [left, right]) {
    if (literal?.value === null) refuse('NULL cannot be compared; say IS NULL');
  }
  const [leftValue, rightValue] = [left.constant?.value, right.constant?.value];
  if (typeof leftValue === 'boolean' && right.constant !== undefined && typeof rightValue !== 'boolean') {
    refuse(`'${String(leftValue)}' cannot be compared with what is no truth value`);
  }
  return (properties) => {
    const [a, b] = [left.evaluate(properties), right.evaluate(properties)];
    if (a === null) return b === null ? true : null;
    return b !== null && compareValues(a, b) === 0;
  };
}

const answers = {
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
};

function compileOrder(left: Part, operator: keyof typeof answers, right: Part): EvaluateTruth {
  for (const part of [left, right]) checkOrdered(part);
  const isTrue = answers[operator];
  return (properties) => {
    const [a, b] = [left.evaluate(properties), right.evaluate(properties)];
    if (a === null || b === null) return null;
    const areTexts = typeof a === 'string' && typeof b === 'string';
    return isTrue(areTexts ? compareTextsAsNumbers(a, b) : compareValues(a, b));
  };
}

/** Only numbers, and what may be one in a message, have an order. */
function checkOrdered({ constant: literal, asCondition, isProperty }: Part): void {
  const hasOrder = literal === undefined ? asCondition === undefined || isProperty : isNumber(literal.value);
  if (!hasOrder) refuse('only numbers and properties can be compared by <, <=, > and >=');
}

function compileBetween(value: Part, low: Part, high: Part, isNot: boolean): EvaluateTruth {
  if (!isNot) checkBounds(low.constant?.value, high.constant?.value);
  return isNot
    ? or(compileOrder(value, '<', low), compileOrder(value, '>', high))
    : and(compileOrder(value, '>=', low), compileOrder(value, '<=', high));
}

function checkBounds(low: Sql92Value | undefined, high: Sql92Value | undefined): void {
  if (!isNumber(low) || !isNumber(high)) return; // other literals are refused as having no order
  if (compareValues(high, low) < 0) refuse(`BETWEEN ${low.value} AND ${high.value} leaves nothing between`);
}

function compileIn({ evaluate, isProperty }: Part, elements: readonly string[], isNot: boolean): EvaluateTruth {
  if (!isProperty) refuse('IN is for a property');
  if (elements.length > MAX_IN_ELEMENTS) {
    refuse(`IN has ${elements.length} elements; at most ${MAX_IN_ELEMENTS} are allowed`);
  }
  const set = new Set<Sql92Value>(elements);
  return (properties) => {
    const value = evaluate(properties);
    return value === null ? null : set.has(value) !== isNot;
  };
}

/** Without a text to look in, or to look for, both the test and its opposite are false. */
function compileTextTest(
  { evaluate }: Part,
  kind: 'contains' | 'startsWith' | 'endsWith',
  search: string,
  isNot: boolean,
): EvaluateTruth {
  const test = { contains: 'includes', startsWith: 'startsWith', endsWith: 'endsWith' } as const;
  const method = test[kind];
  return (properties) => {
    const value = evaluate(properties);
    return search !== '' && typeof value === 'string' && value[method](search) !== isNot;
  };
}

function conditionOf({ asCondition }: Part): EvaluateTruth {
  return asCondition ?? refuse('Expression will not result in a boolean value');
}

/** Apache takes no 0.0: its least is the smallest number above 0. */
function doubleLiteral(text: string): Sql92Number {
  const value = Number(text);
  if (value > Number.MAX_VALUE) refuse(`${text} is greater than ${Number.MAX_VALUE}`);
  if (value < Number.MIN_VALUE) refuse(`${text} is less than ${Number.MIN_VALUE}; write 0`);
  return { kind: 'double', value };
}

function isNumber(value: Sql92Value | undefined): value is Sql92Number {
  return typeof value === 'object' && value !== null;
}

function refuse(reason: string): never {
  throw new FilterSyntaxError(reason);
}
