/** The posts of a round: chooses who is due within the budget, makes the texts, and sends them. */
import type { Clock } from '../../market/clock.ts'
import { momentToIso } from '../../market/moment.ts'
import { type AppEvent, POST_BYTES } from '../../market/protocol.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import type { PushResult } from '../../posts/push.ts'
import { chooseDue, type DueParts } from './due-members.ts'
import type { EventLog } from './event-log.ts'
import type { GoneMarker } from './gone-marker.ts'
import type { MarketLog } from './market-log.ts'
import type { Members } from './members.ts'
import { createMissedTexts } from './missed-texts.ts'
import { type Blame, NO_BLAME, notePush, sumOfBlame } from './note-result.ts'
import { createOutbox, type OutboxParts } from './outbox.ts'
import { createPostBudget } from './post-budget.ts'
import { noteStarted } from './post-outcome.ts'
import { type PlannedPost, planPosts } from './post-plan.ts'
import { pushesOf } from './pushes.ts'
import { createRefusals } from './refusals.ts'
import type { StatusSource } from './status-source.ts'
import { createStretch } from './stretch.ts'
import type { TradeJournal } from './trade-journal.ts'

export interface PostRoundParts extends Pick<OutboxParts, 'push' | 'warn'> {
  readonly members: Members
  readonly log: MarketLog
  readonly journal: TradeJournal
  readonly events: EventLog
  readonly clock: Pick<Clock, 'now'>
  readonly marker: Pick<GoneMarker, 'add'>
  readonly statusSource: StatusSource
  readonly postsPerSecond: number
  readonly environments: number
  /** Returns whether all rooms were read. Until then the log keeps the rounds that members of the others may need. */
  knowsAllMembers(): boolean
}

export interface PostRoundResult {
  /** Updates with a whole board, and updates with differences. */
  readonly wholes: number
  readonly differences: number
  /** The factor by which all paces are longer at present. */
  readonly stretch: number
  /** Pushes that have ended since the last result. */
  readonly pushes: readonly PushResult[]
  /** Who caused the posts of these pushes that failed. */
  readonly blame: Blame
}

/** Returns a function that sends the posts that are due. When `over` resolves, it waits no longer for a table. */
export function createPostRound(parts: PostRoundParts): (over: Promise<void>) => Promise<PostRoundResult> {
  const { members, log, journal, events, clock, marker, statusSource, push, warn } = parts
  const paceFactor = parts.environments
  const budget = createPostBudget(parts.postsPerSecond / parts.environments)
  const stretch = createStretch()
  const refusals = createRefusals()
  let blame = NO_BLAME
  const outbox = createOutbox({
    push,
    warn,
    note(posts, result) {
      blame = sumOfBlame(blame, notePush({ marker, refusals }, posts, result, nowMillis()))
    },
  })
  const due: DueParts = { members, log, events, paceFactor }
  const plan = { log, journal, events, missed: createMissedTexts(log, journal) }

  const start = (posts: readonly PlannedPost[], now: EpochMillis): void => {
    for (const { member, missed, updates, events } of posts) {
      noteStarted(member, now, member.pace * paceFactor)
      budget.take(postsOf([...missed, ...updates, ...events]))
    }
  }

  /** Returns the last round that every member has which may get a post. */
  const roundOfAll = (): number => {
    let round = log.round
    for (const { since, isEnding } of members.byConnection.values())
      if (!isEnding) round = Math.min(round, since)
    return round
  }

  return async over => {
    const now = nowMillis()
    const { chosen, stretch: measured } = chooseDue(due, outbox.isFull() ? 0 : budget.available(now), now)
    const current = stretch.note(measured, now)
    const lacksStatus = chosen.some(member => member.lacksStatus)
    const status = lacksStatus ? await statusSource.status(over) : undefined
    const { posts, wholes, differences } = planPosts(chosen, plan, { now, status, time: timeText(clock) })
    start(posts, nowMillis())
    const pushes = await outbox.send(pushesOf(posts, current > 1 ? current : undefined))
    const blamed = blame
    blame = NO_BLAME
    if (budget.note(refusals.isAboveQuota(), nowMillis())) refusals.noteSlower(nowMillis())
    log.drop(parts.knowsAllMembers() ? roundOfAll() : 0, nowMillis())
    return { wholes, differences, stretch: current, pushes, blame: blamed }
  }
}

function timeText(clock: Pick<Clock, 'now'>): string {
  return JSON.stringify({ type: 'time', time: momentToIso(clock.now()) } satisfies AppEvent)
}

/** Returns about how many posts texts take. */
function postsOf(texts: readonly string[]): number {
  return Math.ceil(texts.reduce((sum, { length }) => sum + length, 0) / POST_BYTES)
}
