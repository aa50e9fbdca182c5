/** Rounds of a market log whose reader takes every round in the view `board`. */
import { createMarketLog, type MarketLog } from '../../../functions/broadcast/market-log.ts'
import type { IssueUpdate } from '../../../market/issue-update.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'

export interface LogRounds {
  readonly take: MarketLog['take']
  /** Ends the round. Returns its updates, ordered by the first tick of each issue. */
  finish(): IssueUpdate[]
  latest(issue: string): Tick | undefined
}

export function openRounds(): LogRounds {
  const log = createMarketLog(() => true)
  return {
    take: log.take,
    latest: log.latest,
    finish() {
      const before = log.round
      return log
        .endRound(asEpochMillis(0))
        .flatMap(({ board: { issue } }) => log.updatesSince(issue, 'board', before, true))
    },
  }
}
