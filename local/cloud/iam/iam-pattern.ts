/** Patterns of IAM policies: `*` stands for any characters, `?` for one character, and `${*}`, `${?}`, `${$}` for `*`, `?`, `$`. */

/** A literal character, or a wildcard. */
type Token = { readonly literal: string } | 'any' | 'one'

export interface IamPattern {
  /** Names of policy variables (`aws:username`). They have no value here: each matches only its own text, `${aws:username}`. */
  readonly variables: readonly string[]
  matches(text: string): boolean
}

/** One part of a pattern: an escaped character, a variable, or a character. */
const PART = /\$\{([*?$])\}|\$\{([^}]*)\}|([\s\S])/g

/** @param isCaseSensitive ARNs are case-sensitive, names of actions are not. */
export function readPattern(pattern: string, isCaseSensitive: boolean): IamPattern {
  const fold = (text: string): string => (isCaseSensitive ? text : text.toLowerCase())
  const tokens: Token[] = []
  const variables: string[] = []
  for (const [part, escaped, variable, character] of pattern.matchAll(PART)) {
    if (variable !== undefined) variables.push(variable)
    if (character === '*') tokens.push('any')
    else if (character === '?') tokens.push('one')
    else for (const literal of fold(escaped ?? part)) tokens.push({ literal })
  }
  return { variables, matches: text => matchesTokens(tokens, Array.from(fold(text))) }
}

/**
 * Matches by going back to the last `*` only, which takes at most the product of both lengths. A regular expression may
 * try every combination of all `*`, which takes seconds for seven of them.
 */
function matchesTokens(tokens: readonly Token[], text: readonly string[]): boolean {
  let at = 0
  let token = 0
  /** The last `*`, and the first character that it does not cover. */
  let last: { token: number; end: number } | undefined
  while (at < text.length) {
    const next = tokens[token]
    if (next === 'any') {
      last = { token, end: at }
      token++
    } else if (next === 'one' || (next !== undefined && next.literal === text[at])) {
      token++
      at++
    } else if (last !== undefined) {
      last.end++
      token = last.token + 1
      at = last.end
    } else return false
  }
  return tokens.slice(token).every(left => left === 'any')
}
