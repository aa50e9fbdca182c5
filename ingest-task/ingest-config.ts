/** Configuration of an ingest task, from its environment, checked as a whole before anything starts. */
import * as v from 'valibot'
import { type Clock, parseClock } from '../market/clock.ts'
import { LINES } from '../market/lane.ts'

/** Most lanes of a task: a lane's number is one byte of an envelope, and far fewer are enough. */
const MAX_LANES = 64
const MAX_PORT = 65_535

const text = v.pipe(v.string(), v.nonEmpty('expected some text'))
const whole = (from: number, to: number) => {
  const expected = `expected a whole number from ${from} to ${to}`
  return v.pipe(
    v.string(),
    v.check(value => /^\d+$/.test(value) && Number(value) >= from && Number(value) <= to, expected),
    v.transform(Number),
  )
}

/** The variable that comes from a secret; no message shows its value. */
export const INGEST_SECRET = 'LINE_PASSWORD'

/** The environment of the task (cdk/ingest-service.ts). */
export const INGEST_SETTINGS = {
  LINE_NUMBER: whole(1, LINES),
  LINE_HOST: text,
  LINE_PORT: whole(1, MAX_PORT),
  LINE_HOST_B: v.optional(v.string(), ''),
  LINE_PORT_B: v.optional(
    v.union([v.literal(''), whole(1, MAX_PORT)], `expected nothing or a port up to ${MAX_PORT}`),
    '',
  ),
  LINE_USER: text,
  [INGEST_SECRET]: text,
  STREAM_NAME: text,
  LANES: whole(1, MAX_LANES),
  HEALTH_PORT: whole(0, MAX_PORT),
  MARKET_CLOCK: v.pipe(
    v.string(),
    v.rawTransform<string, Clock>(({ dataset, addIssue, NEVER }) => {
      try {
        return parseClock(dataset.value)
      } catch (error) {
        addIssue({ message: error instanceof Error ? error.message : String(error) })
        return NEVER
      }
    }),
  ),
}

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Config {
  readonly line: number
  /** A and B: two ways to the same line. */
  readonly addresses: readonly [Address, Address]
  readonly user: string
  readonly password: string
  readonly streamName: string
  /** Lanes of this line. */
  readonly lanes: number
  readonly clock: Clock
  /** Where the container asks whether all is well; 0 takes a free port. */
  readonly healthPort: number
}

/** The configuration cannot be used; the message lists every problem, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** @throws ConfigError */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const result = v.safeParse(v.object(INGEST_SETTINGS), environment)
  if (!result.success) {
    const problems = result.issues.map(issue => {
      const name = v.getDotPath(issue) ?? ''
      const got = environment[name]
      if (got === undefined) return `  ${name} is missing`
      return `  ${name}: ${issue.message}${name === INGEST_SECRET ? '' : `, got "${got}"`}`
    })
    throw new ConfigError(`the environment cannot be used:\n${problems.join('\n')}`)
  }
  const { output } = result
  const address = { host: output.LINE_HOST, port: output.LINE_PORT }
  return {
    line: output.LINE_NUMBER,
    addresses: [
      address,
      // What is empty of B's address is as A has it.
      { host: output.LINE_HOST_B || address.host, port: output.LINE_PORT_B || address.port },
    ],
    user: output.LINE_USER,
    password: output.LINE_PASSWORD,
    streamName: output.STREAM_NAME,
    lanes: output.LANES,
    clock: output.MARKET_CLOCK,
    healthPort: output.HEALTH_PORT,
  }
}
