/** Answers boards as of a moment. */

import type { BoardJson } from '../market/board-json.ts'
import { boardToJson } from '../market/board-to-json.ts'
import { tickAsOf } from '../tables/ticks/read-ticks.ts'
import {
  checkIssueIsKnown,
  ISSUES_IN_FLIGHT,
  maybeKnown,
  refuseUnknown,
  unknownMember,
} from './known-issues.ts'
import { mapEach } from './map-each.ts'
import { hasTicks, type PriceSource, type Stamped, stampOf } from './price-source.ts'
import { type TradingMoment, tickMoment } from './range.ts'

/** Returns `null` for the board of a known issue that had no tick on the trading date by then. @throws Problem */
export async function boardAsOf(
  source: PriceSource,
  issue: string,
  at: string | undefined,
): Promise<Stamped<{ board: BoardJson | null }>> {
  await refuseUnknown(source, issue)
  const moment = await tickMoment(source, 'at', at, [issue])
  const board = await boardAt(source, issue, moment)
  if (board === null) await checkIssueIsKnown(source, issue, moment)
  return { stamp: stampOf(source, moment.moment, moment.isLate), data: { board } }
}

/** Returns boards in the order of the request, without issues that have none. Names unknown issues. @throws Problem */
export async function boardsAsOf(
  source: PriceSource,
  issues: readonly string[],
  at: string | undefined,
): Promise<Stamped<{ boards: BoardJson[]; unknown?: string[] }>> {
  const wanted = await maybeKnown(source, issues)
  const moment = await tickMoment(source, 'at', at, wanted)
  const found = await mapEach(wanted, ISSUES_IN_FLIGHT, issue => boardAt(source, issue, moment))
  const boards = found.filter(board => board !== null)
  const shown = new Set(boards.map(({ issue }) => issue))
  const missing = issues.filter(issue => !shown.has(issue))
  return {
    stamp: stampOf(source, moment.moment, moment.isLate),
    data: {
      boards,
      ...(await unknownMember(source, missing, moment)),
    },
  }
}

async function boardAt(
  source: PriceSource,
  issue: string,
  { date, until }: TradingMoment,
): Promise<BoardJson | null> {
  if (!hasTicks(source, date)) return null
  const tick = await tickAsOf(source.ticks, issue, date, until)
  return tick === undefined ? null : boardToJson(tick)
}
