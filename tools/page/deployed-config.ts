/** The configuration of a deployed page: from the outputs of a stack, or from a file. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { PageConfig } from '../../client/page/page-config.ts'
import { REALTIME_SCOPE } from '../../contract/user-pool.ts'
import { isIssueCode } from '../../market/issue-code.ts'
import { UsageError } from '../tool-arguments.ts'

/** The boards at a first visit: トヨタ自動車, ソニーグループ, ソフトバンクグループ, 三菱UFJ. A broker may change them in config.json. */
const FIRST_ISSUES = ['7203', '6758', '9984', '8306']

const address = (protocol: 'https' | 'wss') =>
  v.pipe(
    v.string(),
    v.url(),
    v.startsWith(`${protocol}://`),
    v.check(url => !url.endsWith('/'), 'ends with a slash'),
  )

const schema = v.strictObject({
  restUrl: address('https'),
  websocketUrl: address('wss'),
  signIn: v.variant('kind', [
    v.strictObject({
      kind: v.literal('oidc'),
      issuer: v.pipe(v.string(), v.url(), v.startsWith('https://')),
      clientId: v.pipe(v.string(), v.nonEmpty()),
      scope: v.pipe(v.string(), v.nonEmpty()),
      cognitoUrl: v.exactOptional(address('https')),
    }),
    v.strictObject({ kind: v.literal('none') }),
  ]),
  clock: v.exactOptional(v.literal('system'), 'system'),
  issues: v.exactOptional(v.array(v.pipe(v.string(), v.check(isIssueCode, 'no issue code'))), FIRST_ISSUES),
})

/** Reads a configuration from a file. @throws UsageError with all problems. */
export function readPageConfig(file: string): PageConfig {
  let read: unknown
  try {
    read = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
  const result = v.safeParse(schema, read)
  if (result.success) return result.output
  const problems = result.issues.map(issue => `  ${v.getDotPath(issue) ?? 'file'}: ${issue.message}`)
  throw new UsageError(`${file}:\n${problems.join('\n')}\n`)
}

/**
 * Returns the configuration of a page whose users sign in at the user pool of the stack.
 * @param outputs of the stack, by name.
 * @throws UsageError if the stack has no such pool.
 */
export function configOfStack(outputs: Readonly<Record<string, string>>): PageConfig {
  const output = (name: string): string => {
    const value = outputs[name]
    if (value !== undefined) return value
    throw new UsageError(`expected the output ${name} of the stack; deploy this version of the stack first`)
  }
  const cognitoUrl = outputs.SignInUrl
  if (cognitoUrl === undefined)
    throw new UsageError(
      'the stack has no user pool of its own: name the client of your issuer with --config FILE',
    )
  return {
    restUrl: output('RestUrl'),
    websocketUrl: output('WebSocketUrl'),
    signIn: {
      kind: 'oidc',
      issuer: output('TokenIssuer'),
      clientId: output('TokenAudience'),
      scope: REALTIME_SCOPE,
      cognitoUrl,
    },
    clock: 'system',
    issues: FIRST_ISSUES,
  }
}
