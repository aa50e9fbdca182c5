/** Parameters of a stack whose lines cannot be reached. */
import { LINE_NUMBERS } from '../market/lane.ts'

/** Hosts and ports of the lines. The domain `invalid` has no addresses (RFC 2606). */
export const NO_LINES: Readonly<Record<string, string>> = Object.fromEntries(
  LINE_NUMBERS.flatMap(line => [
    [`LineHost${line}`, `line${line}.invalid`],
    [`LinePort${line}`, String(9_100 + line)],
  ]),
)
