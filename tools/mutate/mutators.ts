/** Finds the mutations of a source file in its syntax tree. */
import {
  type BinaryExpression,
  type CallExpression,
  type Expression,
  isArrayLiteralExpression,
  isArrowFunction,
  isBigIntLiteral,
  isBinaryExpression,
  isBlock,
  isCallExpression,
  isConditionalExpression,
  isExportDeclaration,
  isExpressionStatement,
  isIfStatement,
  isImportDeclaration,
  isNoSubstitutionTemplateLiteral,
  isNumericLiteral,
  isObjectLiteralExpression,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isReturnStatement,
  isShorthandPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isTypeNode,
  isWhileStatement,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { type Checker, SymbolFlags, TypeFlags } from 'typescript/unstable/sync'
import type { Parsed } from './compiler.ts'
import type { Kind, Mutation } from './mutation.ts'

/** A part of the file and the text that replaces it. */
interface Edit {
  readonly kind: Kind
  readonly node: Node
  readonly replacement: string
}

const OPERATORS: ReadonlyMap<SyntaxKind, readonly [Kind, string]> = new Map([
  [SyntaxKind.LessThanToken, ['comparison', '<=']],
  [SyntaxKind.LessThanEqualsToken, ['comparison', '<']],
  [SyntaxKind.GreaterThanToken, ['comparison', '>=']],
  [SyntaxKind.GreaterThanEqualsToken, ['comparison', '>']],
  [SyntaxKind.EqualsEqualsEqualsToken, ['comparison', '!==']],
  [SyntaxKind.ExclamationEqualsEqualsToken, ['comparison', '===']],
  [SyntaxKind.PlusToken, ['arithmetic', '-']],
  [SyntaxKind.MinusToken, ['arithmetic', '+']],
  [SyntaxKind.AsteriskToken, ['arithmetic', '/']],
  [SyntaxKind.SlashToken, ['arithmetic', '*']],
  [SyntaxKind.PercentToken, ['arithmetic', '*']],
  [SyntaxKind.AmpersandToken, ['arithmetic', '|']],
  [SyntaxKind.BarToken, ['arithmetic', '&']],
  [SyntaxKind.LessThanLessThanToken, ['arithmetic', '>>']],
  [SyntaxKind.GreaterThanGreaterThanToken, ['arithmetic', '<<']],
  [SyntaxKind.GreaterThanGreaterThanGreaterThanToken, ['arithmetic', '<<']],
  [SyntaxKind.PlusEqualsToken, ['arithmetic', '-=']],
  [SyntaxKind.MinusEqualsToken, ['arithmetic', '+=']],
  [SyntaxKind.AmpersandAmpersandToken, ['logic', '||']],
  [SyntaxKind.BarBarToken, ['logic', '&&']],
])

/** Calls that are replaced by a call of another function of the same type. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['min', 'max'],
  ['max', 'min'],
  ['floor', 'ceil'],
  ['ceil', 'floor'],
  ['some', 'every'],
  ['every', 'some'],
  ['startsWith', 'endsWith'],
])

/** Methods whose result has the type of their object: the call is replaced by the object. */
const DROPPED_METHODS = new Set(['filter', 'slice', 'subarray', 'toSorted', 'toReversed', 'trim'])

/** Constants from here on are doubled, because one more is often the same in practice. */
const LARGE = 10

const textOf = (node: Node): string => node.getText()

function isText(node: Node): boolean {
  if (isBinaryExpression(node)) return isText(node.left) || isText(node.right)
  return isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node) || isTemplateExpression(node)
}

function otherNumber(text: string): string {
  const isBig = text.endsWith('n')
  const digits = text.replaceAll('_', '').replace(/n$/, '')
  const value = Number(digits)
  const other = value >= LARGE ? value * 2 : value + 1
  return `${other}${isBig ? 'n' : ''}`
}

function ofBinary(node: BinaryExpression): Edit[] {
  if (isText(node)) return []
  const operator = node.operatorToken
  if (operator.kind === SyntaxKind.QuestionQuestionToken) {
    return [{ kind: 'logic', node, replacement: `(${textOf(node.right)})` }]
  }
  const other = OPERATORS.get(operator.kind)
  return other === undefined ? [] : [{ kind: other[0], node: operator, replacement: other[1] }]
}

function ofCall(node: CallExpression): Edit[] {
  const callee = node.expression
  if (!isPropertyAccessExpression(callee)) return []
  const name = textOf(callee.name)
  if (DROPPED_METHODS.has(name)) return [{ kind: 'call', node, replacement: textOf(callee.expression) }]
  const other = OTHER_NAMES.get(name)
  return other === undefined ? [] : [{ kind: 'call', node: callee.name, replacement: other }]
}

function ofCondition(condition: Expression): Edit[] {
  const negated: Edit = { kind: 'condition', node: condition, replacement: `!(${textOf(condition)})` }
  const dropped: Edit = { kind: 'condition', node: condition, replacement: 'false' }
  return condition.kind === SyntaxKind.TrueKeyword ? [dropped] : [negated, dropped]
}

/** Mutates a returned value by its type. */
function ofReturned(value: Expression, checker: Checker): Edit[] {
  const type = checker.getTypeAtLocation(value)
  if (type === undefined) return []
  const edit = (replacement: string): Edit[] => [{ kind: 'returned value', node: value, replacement }]
  if (checker.isArrayType(type)) return edit('[]')
  const { flags } = checker.getWidenedType(type) ?? type
  if ((flags & TypeFlags.BooleanLike) !== 0) return edit(`!(${textOf(value)})`)
  if ((flags & TypeFlags.Number) !== 0) return edit(`(${textOf(value)}) + 1`)
  return (flags & TypeFlags.String) === 0 ? [] : edit("''")
}

/** Drops each property that its type does not require. */
function ofProperties(node: Expression, properties: readonly Node[], checker: Checker): Edit[] {
  const type = checker.getContextualType(node)
  if (type === undefined) return []
  return properties.flatMap((property): Edit[] => {
    if (!isPropertyAssignment(property) && !isShorthandPropertyAssignment(property)) return []
    const symbol = checker.getPropertyOfType(type, textOf(property.name))
    const isOptional = symbol !== undefined && (symbol.flags & SymbolFlags.Optional) !== 0
    return isOptional ? [{ kind: 'dropped property', node: property, replacement: '' }] : []
  })
}

function editsOf(node: Node, checker: Checker): Edit[] {
  if (isBinaryExpression(node)) return ofBinary(node)
  if (isCallExpression(node)) return ofCall(node)
  if (isIfStatement(node) || isWhileStatement(node)) return ofCondition(node.expression)
  if (isConditionalExpression(node)) {
    return [{ kind: 'condition', node: node.condition, replacement: `!(${textOf(node.condition)})` }]
  }
  if (isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) {
    return [{ kind: 'condition', node, replacement: textOf(node.operand) }]
  }
  if (isNumericLiteral(node) || isBigIntLiteral(node)) {
    return [{ kind: 'constant', node, replacement: otherNumber(textOf(node)) }]
  }
  if (node.kind === SyntaxKind.TrueKeyword) return [{ kind: 'constant', node, replacement: 'false' }]
  if (node.kind === SyntaxKind.FalseKeyword) return [{ kind: 'constant', node, replacement: 'true' }]
  if (isExpressionStatement(node)) {
    const isSuper = textOf(node).startsWith('super(')
    return isSuper ? [] : [{ kind: 'dropped statement', node, replacement: '{}' }]
  }
  if (isReturnStatement(node))
    return node.expression === undefined ? [] : ofReturned(node.expression, checker)
  if (isArrowFunction(node)) return isBlock(node.body) ? [] : ofReturned(node.body, checker)
  if (isArrayLiteralExpression(node)) {
    return node.elements.map(element => ({ kind: 'dropped element', node: element, replacement: '' }))
  }
  return isObjectLiteralExpression(node) ? ofProperties(node, node.properties, checker) : []
}

/** A declaration of types alone, or of names of modules. */
function hasNoBehaviour(node: Node): boolean {
  return (
    isTypeNode(node) ||
    isImportDeclaration(node) ||
    isExportDeclaration(node) ||
    node.kind === SyntaxKind.InterfaceDeclaration ||
    node.kind === SyntaxKind.TypeAliasDeclaration ||
    node.kind === SyntaxKind.ComputedPropertyName
  )
}

/** Returns [start, end) of an edit; a dropped element or property takes its comma along. */
function rangeOf({ node, replacement }: Edit, text: string): [number, number] {
  const comma = replacement === '' ? (/^\s*,/.exec(text.slice(node.end))?.[0].length ?? 0) : 0
  return [node.getStart(), node.end + comma]
}

/** Returns all mutations of a file, in the order of the text. */
export function mutationsOf(file: string, { source, checker }: Parsed): Mutation[] {
  const { text } = source
  const found: Mutation[] = []
  const visit = (node: Node): void => {
    if (hasNoBehaviour(node)) return
    for (const edit of editsOf(node, checker)) {
      const [start, end] = rangeOf(edit, text)
      const line = text.slice(0, start).split('\n').length
      found.push({ file, kind: edit.kind, line, start, end, replacement: edit.replacement })
    }
    node.forEachChild(visit)
  }
  source.forEachChild(visit)
  return found.toSorted((a, b) => a.start - b.start)
}
