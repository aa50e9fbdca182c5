/** The template on this machine for tests of functions and tools: with an issuer of tokens, without lines. */
import { type Cloud, startCloud } from '@itastream/local-cloud'
import { assemble, STACK_NAME } from '../local/assemble.ts'
import { type Issuer, startIssuer } from '../local/issuer/issuer.ts'
import { parseClock } from '../market/clock.ts'
import { momentFromIso } from '../market/moment.ts'
import { nowMillis, toEpochMillis } from '../market/units.ts'
import { NO_LINES, NO_LINES_SECRETS } from './no-lines.ts'

export interface CloudWithoutLines {
  readonly cloud: Cloud
  readonly issuer: Issuer
}

/** Returns the text of a clock (market/clock.ts) that stands still at a time (ISO 8601): it starts in an hour. */
export function standingClock(time: string): string {
  return `${nowMillis() + 3_600_000}:${toEpochMillis(momentFromIso(time)!)}:1`
}

/**
 * Boots the template with an issuer.
 * @param parts gets each part that has started. Its owner disposes of it, also if this function throws.
 * @param clock text of the market clock. Default: the clock of the machine.
 */
export async function startCloudWithoutLines(
  parts: AsyncDisposableStack,
  clock?: string,
): Promise<CloudWithoutLines> {
  const issuer = parts.adopt(await startIssuer({ port: 0 }), part => part.close())
  const cloud = await startCloud({
    assembly: await assemble(),
    stack: STACK_NAME,
    ...(clock === undefined ? {} : { clock: parseClock(clock), variables: { MARKET_CLOCK: clock } }),
    secrets: NO_LINES_SECRETS,
    parameters: {
      ...NO_LINES,
      TokenIssuer: issuer.url,
      TokenAudience: issuer.audience,
      TokenScopes: issuer.scope,
    },
  })
  parts.adopt(cloud, part => part.close())
  return { cloud, issuer }
}
