import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ContentHandler, type ContentOutlet } from '../../ingest-task/content-handler.ts'
import { masterParts } from '../../ingest-task/master-parts.ts'
import type { Published } from '../../ingest-task/publish/recover.ts'
import { snapshotMessage } from '../../local/exchange/flex.ts'
import { emptyBoard, F } from '../../market/board.ts'
import { type Clock, systemClock } from '../../market/clock.ts'
import { laneOf } from '../../market/lane.ts'
import type { StreamEvent } from '../../market/market-event.ts'
import { momentOf } from '../../market/moment.ts'
import { asEpochMillis, asTradingDate } from '../../market/units.ts'
import { collectLog } from './collect-log.ts'
import { EMPTY_STATS } from './empty-stats.ts'
import { listedIssues } from './listed-issues.ts'

const LINE = 2
const EVE = asTradingDate(20261119)
const DATE = asTradingDate(20261120)
const SECOND = 1_000_000
const NINE = 32_400 * SECOND
const at = (time: number) => momentOf(DATE, time)
/** Market time stands still at nine o'clock. */
const clock: Clock = { ...systemClock, now: () => at(NINE) }

function openHandler(published?: Published) {
  const calls: string[] = []
  const events: StreamEvent[] = []
  const stats = { ...EMPTY_STATS.publisher }
  const outlet: ContentOutlet = {
    stats,
    tick: ({ sequence, board }, live) =>
      void calls.push(`${live ? 'live' : 'old'} ${board.issue} ${sequence}`),
    events(date, some) {
      events.push(...some)
      calls.push(`${some.map(({ type }) => type)} of ${date}`)
    },
    position: (date, position, reached) => void calls.push(`position ${position} ${reached} of ${date}`),
    complete: (date, until) => void calls.push(`complete ${until - momentOf(date, 0)} of ${date}`),
  }
  const log = collectLog()
  const handler = new ContentHandler(LINE, EVE, outlet, log, published, clock)
  let position = 0
  const messages = (snapshot: boolean, some: readonly Uint8Array[]): boolean => {
    const bytes = Buffer.concat(some)
    return handler.deliver({ kind: 'messages', bytes, snapshot, position: snapshot ? 0 : ++position })
  }
  return {
    handler,
    stats,
    log,
    events,
    take: () => calls.splice(0),
    open: (tradingDate = DATE) => handler.deliver({ kind: 'opened', tradingDate, position: 0 }),
    live: (...some: Uint8Array[]) => messages(false, some),
    whole: (...some: Uint8Array[]) => messages(true, some),
    end: () => handler.deliver({ kind: 'snapshot-end', position: 100 }),
  }
}

/** Returns a message of an issue; its update number is its counter. */
function message(issue: string, sequence: number, time = sequence): Uint8Array {
  const board = emptyBoard(issue)
  board.values[F.updateNumber] = sequence
  board.values[F.statusTime] = time
  return snapshotMessage(board, LINE, sequence)
}

/** Returns the message with an unreadable tag. */
function broken(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[41] = '?'.charCodeAt(0)
  return copy
}

suite('messages', () => {
  test('become ticks, and then the position of the line', () => {
    const { handler, open, whole, end, live, take } = openHandler()
    open()
    whole(message('1301', 9), message('7203', 10))
    assert.ok(end())
    assert.ok(live(message('1301', 11)))
    assert.deepEqual(take(), [
      `position 0 0 of ${EVE}`,
      `position 0 0 of ${DATE}`,
      `position 0 0 of ${DATE}`,
      'old 1301 9',
      'old 7203 10',
      `position 0 0 of ${DATE}`,
      `position 100 10 of ${DATE}`,
      'live 1301 11',
      `position 1 11 of ${DATE}`,
    ])
    assert.equal(handler.boards?.reached, 11)
  })

  test('before the line names its date are ignored', () => {
    const { handler, live, take } = openHandler()
    assert.ok(live(message('1301', 1)))
    assert.deepEqual(take(), [`position 1 0 of ${EVE}`])
    assert.equal(handler.boards, undefined)
  })

  test('that cannot be read leave the position as it is, until they are passed over', () => {
    const { handler, open, live, take, log } = openHandler()
    open()
    take()
    const frame = [message('1301', 1), broken(message('7203', 2)), message('9984', 3)]
    assert.deepEqual([live(...frame), live(...frame)], [false, false])
    assert.deepEqual(take(), ['live 1301 1'])
    assert.equal(live(...frame), false)
    assert.deepEqual(take(), ['live 9984 3'])
    assert.equal(handler.counts.badMessages, 3)
    assert.ok(live(...frame))
    // No process could go on from boards that are not whole.
    assert.deepEqual(take(), [`position 0 3 of ${DATE}`])
    const [, text, { reason }] = log.lines.at(-1)!
    assert.equal(text, 'unreadable market message, passing it over')
    assert.match(String(reason), /^offset \d+: expected a tag/)
  })

  test('of a bad snapshot are requested again three times, and then cost one issue', () => {
    const { handler, open, whole, end, take, log } = openHandler()
    open()
    const parts = [broken(message('7203', 10)), message('1301', 9)]
    for (let time = 1; time <= 3; time++) assert.equal(whole(...parts), false, String(time))
    take()
    assert.ok(whole(...parts))
    assert.deepEqual(take().slice(1, 2), ['old 1301 9'])
    assert.ok(end())
    assert.deepEqual(take(), [`position 0 10 of ${DATE}`])
    assert.equal(handler.counts.badMessages, 4)
    const warned = log.lines.filter(([level]) => level === 'warn').map(([, text]) => text)
    assert.deepEqual(warned.slice(2), [
      'unreadable market message, requesting it again',
      'unreadable board: its issue is not published until a whole board comes',
    ])
    // The end of a snapshot starts the count again.
    assert.equal(whole(broken(message('7203', 11))), false)
  })

  test('have a newest time, which is that of live ticks of the trading date', () => {
    const { handler, open, whole, live } = openHandler()
    open()
    whole(message('1301', 1, NINE))
    assert.equal(handler.newest, undefined)
    handler.deliver({ kind: 'snapshot-end', position: 1 })
    live(message('1301', 2, NINE + 5))
    live(message('7203', 3, NINE + 2))
    assert.equal(handler.newest, at(NINE + 5))
    open(asTradingDate(20261124))
    assert.equal(handler.newest, undefined)
  })
})

suite('a task that goes on', () => {
  const published: Published = {
    tradingDate: DATE,
    position: 5,
    reached: 10,
    lanes: [12, 10, 10].map(sequence => ({ epoch: asEpochMillis(1), counter: 1, sequence })),
    boards: [],
    lost: 4,
    master: masterParts(LINE, DATE, listedIssues(2)),
  }
  /** An issue of lane 0, whose messages are published further. */
  const FAR = listedIssues(50)
    .map(({ code }) => code)
    .find(code => laneOf(code, 3) === 0)!

  test('drops what is published, and counts only its own losses', () => {
    const { handler, open, live, take } = openHandler(published)
    open()
    take()
    assert.ok(live(message(FAR, 11), message(FAR, 12), message(FAR, 13)))
    assert.deepEqual(take(), [`live ${FAR} 13`, `position 1 13 of ${DATE}`])
    assert.deepEqual([handler.counts.lost, handler.counts.repeats], [0, 2])
    handler.deliver({ kind: 'state', state: 'live', since: at(NINE) })
    handler.publishState()
    assert.deepEqual(handler.boards?.counts.lost, 4)
  })

  test('repeats the master, but not on another trading date', () => {
    const { handler, open, events } = openHandler(published)
    open()
    handler.publishMaster()
    assert.deepEqual(events, published.master)
    events.length = 0
    open(asTradingDate(20261124))
    handler.publishMaster()
    assert.deepEqual(events, [])
  })

  test('starts from nothing on another trading date, or when its line opens again', () => {
    for (const dates of [[asTradingDate(20261124)], [DATE, DATE]]) {
      const { handler, open, live } = openHandler(published)
      for (const date of dates) open(date)
      live(message(FAR, 1))
      assert.deepEqual([handler.boards?.reached, handler.counts.lost], [1, 0])
    }
  })
})

suite('the state of a line', () => {
  test('is published when it changes and again, with the messages lost so far', () => {
    const { handler, open, events, live, log } = openHandler()
    handler.publishState()
    assert.deepEqual(events, [])
    open()
    handler.deliver({ kind: 'state', state: 'live', since: at(NINE) })
    const state = { type: 'line', line: LINE, state: 'live', since: '2026-11-20T09:00:00.000000+09:00' }
    assert.deepEqual(events, [state])
    assert.deepEqual(log.lines.at(-1), ['info', 'line is live', { since: state.since }])
    for (let time = 1; time <= 3; time++) live(broken(message('1301', 1)))
    handler.publishState()
    assert.deepEqual(events, [state, { ...state, lost: 1 }])
  })

  test('has the messages that the stream lacks: those of the task before, and those that this task has lost since', () => {
    const { handler, open, live } = openHandler()
    open()
    for (let time = 1; time <= 3; time++) live(broken(message('1301', 1)))
    assert.deepEqual(handler.lost, { lost: 1 })
    // The task before has published the message that this task could not read, and has lost three others.
    handler.inheritLost({ tradingDate: DATE, lost: 3 })
    assert.deepEqual(handler.lost, { lost: 3 })
    for (let time = 1; time <= 3; time++) live(broken(message('7203', 2)))
    assert.deepEqual([handler.lost, handler.counts.lost], [{ lost: 4 }, 2])
    handler.inheritLost({ tradingDate: DATE })
    assert.deepEqual(handler.lost, {})
    handler.inheritLost({ tradingDate: EVE, lost: 9 })
    assert.deepEqual(handler.lost, {})
    handler.inheritLost({ tradingDate: DATE, lost: 9 })
    open(asTradingDate(20261124))
    assert.deepEqual(handler.lost, {})
  })

  test('leaves the position of the line', () => {
    const { handler, take } = openHandler()
    handler.deliver({ kind: 'state', state: 'stale', since: at(NINE) })
    assert.deepEqual(take(), [`line of ${EVE}`])
  })
})

suite('a phase of the calendar', () => {
  const morning = { phase: 'morning', time: NINE } as const
  const event = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' }
  const state = (handler: ContentHandler, name: 'live' | 'stale') =>
    handler.deliver({ kind: 'state', state: name, since: at(NINE) })

  test('is published if the line says no phases, or is not live', () => {
    const { handler, open, events } = openHandler()
    open()
    state(handler, 'live')
    events.length = 0
    handler.publishPhase(DATE, morning)
    assert.deepEqual(events, [event])
    handler.deliver({ kind: 'phase', time: NINE, phase: 'morning', position: 1 })
    state(handler, 'stale')
    events.length = 0
    handler.publishPhase(DATE, morning)
    assert.deepEqual(events, [event])
  })

  test('is left out if a live line says its phases: it knows of a late close', () => {
    const { handler, open, events } = openHandler()
    open()
    state(handler, 'live')
    handler.deliver({ kind: 'phase', time: NINE, phase: 'morning', position: 1 })
    events.length = 0
    handler.publishPhase(DATE, { phase: 'wind-down', time: NINE })
    assert.deepEqual(events, [])
  })
})

suite('other content', () => {
  test('is published with its time, or with its arrival if its time is to come', () => {
    const { handler, open, events } = openHandler()
    open()
    for (const time of [NINE - 1, NINE + SECOND, NINE + SECOND + 1]) {
      handler.deliver({ kind: 'news', time, headline: '上方修正', issues: ['7203'], position: 1 })
    }
    handler.deliver({ kind: 'phase', time: NINE + SECOND + 1, phase: 'lunch', position: 2 })
    const news = { type: 'news', headline: '上方修正', issues: ['7203'] }
    const arrival = '2026-11-20T09:00:00.000000+09:00'
    assert.deepEqual(events, [
      { ...news, time: '2026-11-20T08:59:59.999999+09:00' },
      { ...news, time: '2026-11-20T09:00:01.000000+09:00' },
      { ...news, time: arrival },
      { type: 'phase', time: arrival, phase: 'lunch' },
    ])
    assert.equal(handler.counts.impossibleTimes, 2)
  })

  test('that is bad is counted: texts, rows of the master, and content left out', () => {
    const { handler, open, log } = openHandler()
    open()
    handler.deliver({ kind: 'news', time: 1, headline: '上\ufffd', issues: [], position: 1 })
    handler.deliver({ kind: 'issues', issues: listedIssues(1), unread: ['row 2', 'row 3'], position: 2 })
    handler.deliver({ kind: 'unread', reason: 'news frame 3: torn', position: 3 })
    assert.equal(handler.counts.badMessages, 4)
    assert.deepEqual(log.lines.at(-1), [
      'warn',
      'unreadable content left out',
      { reason: 'news frame 3: torn' },
    ])
  })

  test('makes the master of the line, which is repeated', () => {
    const { handler, open, events, stats } = openHandler()
    open()
    handler.deliver({ kind: 'issues', issues: listedIssues(301), unread: [], position: 1 })
    const parts = masterParts(LINE, DATE, listedIssues(301))
    assert.deepEqual(events, parts)
    handler.publishMaster()
    assert.deepEqual(events, [...parts, ...parts])
    stats.waitingBytes = 600_000
    handler.publishMaster()
    assert.equal(events.length, 4)
  })
})

test('ticks are complete up to a time of the trading date', () => {
  const { handler, open, take } = openHandler()
  open()
  take()
  handler.publishComplete(at(NINE))
  assert.deepEqual(take(), [`complete ${NINE} of ${DATE}`])
})
