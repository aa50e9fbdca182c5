/** Boots the system from its template, with the market of two trading dates in its tables. */

import { Readable } from 'node:stream'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { type Cloud, startCloud } from '@itastream/local-cloud'
import { readAssembly, type Template } from '@itastream/local-cloud/assembly'
import { assemble, STACK_NAME } from '../../../local/assemble.ts'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { type Issuer, startIssuer } from '../../../local/issuer/issuer.ts'
import { copyBoard } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { parseClock } from '../../../market/clock.ts'
import { dayRecordOf } from '../../../market/day-record.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import { isoTime, momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochSeconds, asTradingDate, nowMillis, type TradingDate } from '../../../market/units.ts'
import { boardGroupOf } from '../../../tables/boards/board-groups.ts'
import { boardGroupId, masterHeadId } from '../../../tables/boards/board-items.ts'
import { NEWS_ID } from '../../../tables/boards/boards-keys.ts'
import type { CalendarItem } from '../../../tables/control/calendar-item.ts'
import { CALENDAR_ID } from '../../../tables/control/control-keys.ts'
import { writeSectors } from '../../../tables/control/sectors-item.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { dayItems } from '../../../tables/ticks/day-items.ts'
import { totalsItem } from '../../../tables/ticks/lane-totals.ts'
import { packItem, type TicksItem } from '../../../tables/ticks/ticks-item.ts'
import { writeCut } from '../../../tables/users/user-cut.ts'
import { storeEvents, writeBoards } from '../../functions/boards-fixture.ts'
import { kinesisEvent } from '../../functions/invoke.ts'
import { stateStored } from '../../functions/stored-lanes.ts'
import { openSender } from '../../functions/stored-market.ts'
import { NO_LINES, NO_LINES_SECRETS } from '../../no-lines.ts'

const HOUR = 3_600_000_000
/** A whole Friday, and the Tuesday after it (Monday is a holiday) until now. */
const YESTERDAY = asTradingDate(20261120)
const TODAY = asTradingDate(20261124)
/** A date whose ticks are no longer kept. */
const LONG_AGO = 20260901
const NOW = 9.85 * HOUR + 10_000_000
/** The delay of prices for everybody. */
const DELAY = HOUR / 3
/** The youngest stored tick is three minutes old. */
const STORING = HOUR / 20
/** Epoch seconds long after the test. */
const NEVER = asEpochSeconds(2 ** 32)
const ISSUES = 4
/** Ticks a second: few, because the tests check the shape of answers and not their size. */
const RATE = 0.1
const SEED = 11
const HALF_DAY = { orders: '08:00', morning: '09:00-11:30', afternoon: null }
/** Ticks that are published together. It makes many packs, so that ranges cross their borders. */
const SLICE = 500

export interface ApiMarket extends AsyncDisposable {
  readonly cloud: Cloud
  readonly issuer: Issuer
  readonly template: Template
  /** Issues with ticks on both days, the busiest first. */
  readonly issues: readonly string[]
  /** Lets every line report its state again. */
  reportLines(): Promise<unknown>
  /** Replaces the exceptions of the calendar by a text that cannot be read. Functions that have read them keep them. */
  breakCalendar(): Promise<void>
  /** Writes an exception of 2026-12-30. */
  writeCalendar(): Promise<void>
  /** Ends the access of a user, as an operator does. */
  endAccess(user: string): Promise<unknown>
  /** Overwrites stored items, so that every function fails to read them. */
  breakTables(): Promise<void>
}

export async function openMarket(): Promise<ApiMarket> {
  const assembly = await assemble()
  const stack = new AsyncDisposableStack()
  try {
    const issuer = stack.adopt(await startIssuer({ port: 0 }), part => part.close())
    // The clock stands still until its segment starts, in an hour.
    const clockText = `${Date.now() + HOUR / 1000}:${momentOf(TODAY, NOW) / 1000}:1`
    const cloud = await startCloud({
      assembly,
      stack: STACK_NAME,
      clock: parseClock(clockText),
      variables: { MARKET_CLOCK: clockText },
      secrets: NO_LINES_SECRETS,
      parameters: {
        ...NO_LINES,
        TokenIssuer: issuer.url,
        TokenAudience: issuer.audience,
        TokenScopes: issuer.scope,
        Publish: 'base-prices:everybody,news:everybody',
      },
    })
    stack.adopt(cloud, part => part.close())
    const { accessKeyId, secretAccessKey } = cloud.credentials
    const client = stack.adopt(
      createDynamoDB({
        endpoint: cloud.endpointUrl,
        region: cloud.region,
        credentials: { accessKeyId, secretAccessKey },
      }),
      part => part.destroy(),
    )
    const boards = { client, table: cloud.ref('TablesBoards') }
    const days = [dayOf(YESTERDAY, 24 * HOUR), dayOf(TODAY, NOW)] as const
    loseTrades(days[0].ticks)
    for (const [index, { ticks }] of days.entries()) await storeTicks(cloud, ticks, index + 1)
    const ticksTable = { client, table: cloud.ref('TablesTicks') }
    await stateStored(ticksTable, YESTERDAY)
    await stateStored(ticksTable, TODAY, momentOf(TODAY, NOW - STORING))
    await finishDays(days[0].ticks, async Item => {
      await client.send(new PutCommand({ TableName: cloud.ref('TablesTicks'), Item }))
    })
    const latest = new Map(days.flatMap(({ ticks }) => ticks).map(tick => [tick.board.issue, tick]))
    await writeBoards(boards, latest.values())
    const events = days.flatMap(({ events }) => events)
    await storeEvents(boards, events, parseClock(clockText))

    const issues = [...latest.keys()]
    const control = { client, table: cloud.ref('TablesControl') }
    await writeSectors(control, new Map([[issues[0]!, '3700']]), momentOf(TODAY, NOW))
    const put = (id: string, Item: object): Promise<unknown> =>
      client.send(new PutCommand({ TableName: boards.table, Item: { id, ...Item } }))
    const writeExceptionsText = async (exceptions: string): Promise<void> => {
      const Item: CalendarItem = { id: CALENDAR_ID, exceptions, version: 1, changedAt: '' }
      await client.send(new PutCommand({ TableName: cloud.ref('TablesControl'), Item }))
    }
    const started = stack.move()
    return {
      cloud,
      issuer,
      template: readAssembly(assembly, STACK_NAME).template,
      issues,
      // As tasks that have taken over: those of the cloud report as well, on a busy machine before the first call.
      reportLines: () => storeEvents(boards, lineStates(TODAY), parseClock(clockText), nowMillis()),
      breakCalendar: () => writeExceptionsText('no JSON'),
      writeCalendar: () =>
        writeExceptionsText(
          JSON.stringify({
            exceptions: [{ kind: 'hours', date: '2026-12-30', note: '半日立会', hours: HALF_DAY }],
          }),
        ),
      endAccess: user => writeCut({ client, table: cloud.ref('TablesUsers') }, user, HOUR / 1_000_000),
      async breakTables() {
        const garbage = Buffer.from('no pack')
        // At the start of the day's ticks, and after the last tick that everybody sees.
        for (const time of [0, NOW - DELAY]) {
          const Item = packItem(issues[0]!, TODAY, { time, sequence: 0 }, garbage, NEVER)
          await client.send(new PutCommand({ TableName: cloud.ref('TablesTicks'), Item }))
        }
        for (const time of [NOW - DELAY, NOW - STORING]) {
          const Item = { ...totalsItem('1-0', TODAY, { time, issues: [] }, NEVER), totals: garbage }
          await client.send(new PutCommand({ TableName: cloud.ref('TablesTicks'), Item }))
        }
        await put(boardGroupId(boardGroupOf(issues[0]!)), { boards: [garbage] })
        await put(masterHeadId(1), { head: 'no head' })
        await put(NEWS_ID, { events: 'no news' })
      },
      [Symbol.asyncDispose]: () => started.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Returns the state that each line reports: all are live, and line 1 has lost messages. */
function lineStates(tradingDate: TradingDate): MarketEvent[] {
  return [1, 2, 3].map(line => ({
    type: 'line',
    line,
    state: 'live',
    since: isoTime(tradingDate, 8 * HOUR),
    ...(line === 1 ? { lost: 3 } : {}),
  }))
}

/** Returns the ticks and events of an exchange on a date up to `until` (µs of day). */
function dayOf(tradingDate: TradingDate, until: number): { ticks: Tick[]; events: MarketEvent[] } {
  const exchange = openExchange({ seed: SEED, issues: ISSUES, rate: RATE, tradingDate, from: 8 * HOUR })
  const ticks: Tick[] = []
  const events = lineStates(tradingDate)
  for (const event of exchange.advance(until)) {
    const time = isoTime(tradingDate, event.time)
    switch (event.kind) {
      case 'message': {
        const { line, sequence, board, trade } = event
        ticks.push({
          tradingDate,
          line,
          sequence,
          time: event.time,
          board: copyBoard(board),
          ...(trade === undefined ? {} : { trade }),
        })
        break
      }
      case 'issues':
        events.push({
          type: 'issues',
          line: event.line,
          tradingDate,
          part: 0,
          parts: 1,
          issues: event.issues,
        })
        break
      case 'news':
        events.push({ type: 'news', time, headline: event.headline, issues: event.issues })
        break
      case 'phase':
        events.push({ type: 'phase', time, phase: event.phase })
    }
  }
  return { ticks, events }
}

/**
 * Loses two messages with trades for good: a message before a tick without a trade, and a message before a tick with a
 * trade.
 */
function loseTrades(ticks: Tick[]): void {
  for (const hasTrade of [false, true]) {
    const before = new Map<string, number>()
    for (const [index, tick] of ticks.entries()) {
      const lost = before.get(tick.board.issue) ?? index
      before.set(tick.board.issue, index)
      if (ticks[lost]?.trade === undefined || lost === index || (tick.trade !== undefined) !== hasTrade)
        continue
      ticks[index] = { ...tick, lost: true }
      ticks.splice(lost, 1)
      break
    }
  }
}

/** Finishes the day of one issue, on its date and on a date whose ticks are deleted. Other issues have ticks only. */
async function finishDays(ticks: readonly Tick[], put: (item: TicksItem) => Promise<void>): Promise<void> {
  const issue = ticks[0]?.board.issue
  const record = await dayRecordOf(
    RULES.hoursOf(YESTERDAY),
    Readable.from(ticks.filter(({ board }) => board.issue === issue)),
    true,
  )
  if (record === undefined) throw new Error('expected ticks of the first issue, got none')
  for (const date of [YESTERDAY, LONG_AGO])
    for (const item of dayItems({ ...record, date: asTradingDate(date) }, NEVER)) await put(item)
}

/** Stores ticks by invoking store-ticks as the stream does. */
async function storeTicks(cloud: Cloud, ticks: readonly Tick[], epoch: number): Promise<void> {
  const sender = openSender(epoch)
  // A batch has the totals of its last key frame. The first batch ends with what everybody sees.
  for (const part of [ticks.filter(isDelayed), ticks.filter(tick => !isDelayed(tick))]) {
    const envelopes: Uint8Array[] = []
    for (let from = 0; from < part.length; from += SLICE)
      envelopes.push(...sender.send(part.slice(from, from + SLICE)))
    await cloud.invoke('StoreStoreTicks', kinesisEvent([...envelopes, ...sender.keyFrames()]))
  }
}

const isDelayed = ({ time }: Tick): boolean => time <= NOW - DELAY
