/** Plans of posts without missed trades or a heartbeat that is due, for tests of other contents. */
import type { EventLog } from '../../../functions/broadcast/event-log.ts'
import type { MarketLog } from '../../../functions/broadcast/market-log.ts'
import type { Member } from '../../../functions/broadcast/members.ts'
import { createMissedTexts } from '../../../functions/broadcast/missed-texts.ts'
import type { PostContent } from '../../../functions/broadcast/post-outcome.ts'
import { type PostPlan, planPosts } from '../../../functions/broadcast/post-plan.ts'
import { createTradeJournal } from '../../../functions/broadcast/trade-journal.ts'
import { asEpochMillis } from '../../../market/units.ts'

export const NO_CONTENT: PostContent = {
  round: 0,
  event: 0,
  whole: new Map(),
  status: false,
  missed: new Map(),
  nextTimeAt: undefined,
}

export function plainPlan(
  members: readonly Member[],
  log: MarketLog,
  events: EventLog,
  status?: readonly string[],
): PostPlan {
  const journal = createTradeJournal()
  const missed = createMissedTexts(log, journal)
  return planPosts(members, { log, journal, events, missed }, { now: asEpochMillis(0), status, time: '' })
}
