/** How far a line is published for certain, from what its lanes have put into the stream. */
import type { TradingDate } from '../../market/units.ts'
import type { PublishedPlace } from '../../tables/control/lease-item.ts'
import type { Lane } from './lane-sender.ts'
import type { Read, Settled } from './waiting-envelopes.ts'

/**
 * Returns the place up to which everything is published: where the slowest lane is.
 * @param read how far the line is read on the trading date.
 * @returns undefined if no process could go on from there, because boards are not whole, or a lane has published nothing of the
 * trading date yet.
 */
export function publishedPlace(
  tradingDate: TradingDate | undefined,
  read: Read,
  lanes: readonly Pick<Lane, 'settled' | 'waitingBytes'>[],
): PublishedPlace | undefined {
  if (tradingDate === undefined || read.position === 0) return undefined
  let slowest = read
  const places: Settled['place'][] = []
  for (const { settled, waitingBytes } of lanes) {
    if (settled?.tradingDate !== tradingDate) return undefined
    // A lane in which nothing waits has published everything that was read.
    if (waitingBytes > 0 && settled.read.position < slowest.position) slowest = settled.read
    places.push(settled.place)
  }
  return slowest.position === 0 ? undefined : { tradingDate, ...slowest, lanes: places }
}
