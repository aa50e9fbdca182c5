/** The part of metric math that is arithmetic: numbers, ids, `+ - * /` and brackets. */

/** Returns the value of an expression; `undefined`: an id has no value. */
export type Formula = (read: (id: string) => number | undefined) => number | undefined

const TOKEN = /\s*(\d+(?:\.\d+)?|[a-z]\w*|[-+*/()])/y
const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
}

/** Returns the formula of an expression; `undefined` if it has anything else, such as a function. */
export function readArithmetic(expression: string): Formula | undefined {
  const tokens = tokensOf(expression)
  if (tokens === undefined) return undefined
  let at = 0

  function operand(): Formula | undefined {
    const token = tokens?.[at++] ?? ''
    if (token === '(') {
      const inner = chain(['+', '-'], term)
      return tokens?.[at++] === ')' ? inner : undefined
    }
    if (/^\d/.test(token)) return () => Number(token)
    return /^[a-z]/.test(token) ? read => read(token) : undefined
  }

  /** Operations of one rank, from left to right. */
  function chain(operators: readonly string[], next: () => Formula | undefined): Formula | undefined {
    let left = next()
    for (;;) {
      const token = tokens?.[at] ?? ''
      if (left === undefined || !operators.includes(token)) return left
      at++
      left = binary(token, left, next())
    }
  }

  const term = (): Formula | undefined => chain(['*', '/'], operand)
  const formula = chain(['+', '-'], term)
  return at === tokens.length ? formula : undefined
}

function tokensOf(expression: string): string[] | undefined {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  const text = expression.trimEnd()
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text)?.[1]
    if (found === undefined) return undefined
    tokens.push(found)
  }
  return tokens
}

function binary(operator: string, left: Formula, right: Formula | undefined): Formula | undefined {
  const operation = OPERATIONS[operator]
  if (right === undefined || operation === undefined) return undefined
  return read => {
    const [a, b] = [left(read), right(read)]
    return a === undefined || b === undefined ? undefined : operation(a, b)
  }
}
