/** Parameters of a stack whose lines cannot be reached. */
import { LINE_NUMBERS } from '../market/lane.ts'

const LOGIN = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:line-local0'

/** Hosts and ports of the lines, and their login. The domain `invalid` has no addresses (RFC 2606). */
export const NO_LINES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    LINE_NUMBERS.flatMap(line => [
      [`LineHost${line}`, `line${line}.invalid`],
      [`LinePort${line}`, String(9_100 + line)],
    ]),
  ),
  LineSecret: LOGIN,
}

/** The secret that {@link NO_LINES} names. */
export const NO_LINES_SECRETS = { [LOGIN]: JSON.stringify({ user: 'nobody', password: 'none' }) }
