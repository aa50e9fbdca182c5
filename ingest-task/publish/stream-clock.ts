/**
 * The clock of the stream. Records have the times at which they arrived by this clock, and reads start at a time of it. The
 * clock of this process may be wrong, and must not decide what was published.
 */
import { type KinesisClient, ListShardsCommand, type ListShardsCommandOutput } from '@aws-sdk/client-kinesis'
import { addMillis, asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'

/** The header `Date` of an answer has whole seconds (RFC 9110, section 5.6.7): its moment is half a second later on average. */
const HALF_SECOND_MS = 500
/** A smaller difference (ms) is within the precision of the header and the time of an answer. */
const LEAST_DIFFERENCE_MS = 2_000

/** An answer of the stream, and the time at which it was given. */
export interface TimedShards extends Pick<ListShardsCommandOutput, 'Shards' | 'NextToken'> {
  /** By the clock of the stream: epoch ms. */
  readonly at: EpochMillis
}

/** Lists the first shards of a stream. @throws the errors of the request. */
export async function listTimedShards(
  client: KinesisClient,
  streamName: string,
  abortSignal: AbortSignal,
): Promise<TimedShards> {
  const command = new ListShardsCommand({ StreamName: streamName })
  let stated: EpochMillis | undefined
  command.middlewareStack.add(
    next => async args => {
      const result = await next(args)
      stated = dateOf(result.response)
      return result
    },
    { step: 'deserialize' },
  )
  const { Shards, NextToken } = await client.send(command, { abortSignal })
  return { Shards, NextToken, at: streamTime(stated, nowMillis()) }
}

/**
 * Returns the time of the stream.
 * @param stated the time that its answer states.
 * @param now by the clock of this process. It is the more precise time, unless it is wrong.
 */
export function streamTime(stated: EpochMillis | undefined, now: EpochMillis): EpochMillis {
  if (stated === undefined) return now
  const middle = addMillis(stated, HALF_SECOND_MS)
  return Math.abs(middle - now) < LEAST_DIFFERENCE_MS ? now : middle
}

/** Returns the time that an HTTP response states; undefined if it states none. */
function dateOf(response: unknown): EpochMillis | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined
  const { headers } = response
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined
  const time = Date.parse(String(headers.date))
  return Number.isNaN(time) ? undefined : asEpochMillis(time)
}
