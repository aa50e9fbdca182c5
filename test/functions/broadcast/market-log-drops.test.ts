import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMarketLog, KEEP_MS, MAX_ENTRIES } from '../../../functions/broadcast/market-log.ts'
import { copyBoard, F } from '../../../market/board.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, asEpochMillis, type Millis } from '../../../market/units.ts'
import { TRADING_DATE } from '../stored-market.ts'
import { plainTick } from './plain-tick.ts'

const START = asEpochMillis(1_800_000_000_000)
const ISSUE = '7203'

/** A log of a line with one lane. Every tick changes the last price of its issue, unless the test says otherwise. */
function openLog(isHeld: (issue: string) => boolean = () => true) {
  const log = createMarketLog(isHeld)
  const boards = [1, 2].map(last => {
    const { board } = plainTick(ISSUE, 0)
    board.values[F.last] = last
    return board
  })
  let counter = 0
  let sequence = 0
  const take = (...ticks: Tick[]): void => {
    const header = { line: 1, lane: 0, epoch: asEpochMillis(1), tradingDate: TRADING_DATE }
    const envelope: Envelope = {
      kind: 'ticks',
      ...header,
      counter: ++counter,
      position: 0,
      reached: 0,
      ticks,
    }
    log.take(envelope)
  }
  const tick = (issue = ISSUE, part: Partial<Tick> = {}): Tick => {
    sequence++
    const board = issue === ISSUE ? boards[sequence % 2]! : { ...copyBoard(boards[sequence % 2]!), issue }
    return { ...plainTick(issue, sequence), board, ...part }
  }
  return {
    log,
    take,
    tick,
    /** Plays a round with one tick of each issue. Returns the issues of the round. */
    round(at: Millis, ...issues: string[]): string[] {
      if (issues.length > 0) take(...issues.map(issue => tick(issue)))
      return log.endRound(addMillis(START, at)).map(({ board }) => board.issue)
    },
    /** What each update after a round follows. */
    follows: (since: number, issue = ISSUE) =>
      log.updatesSince(issue, 'board', since, true).map(({ follows }) => follows),
  }
}

test('rounds that every reader has are dropped once they are ten, up to the round that a reader needs', () => {
  const { log, round, follows } = openLog()
  for (let index = 1; index <= 13; index++) round(index, ISSUE)
  log.drop(10, START)
  assert.deepEqual(follows(1), [1])
  log.drop(11, START)
  assert.deepEqual([follows(10), follows(11), follows(12)], [[undefined], [11], [12]])
  // From the oldest kept round, 12, on.
  for (let index = 14; index <= 23; index++) round(index, ISSUE)
  log.drop(21, START)
  assert.deepEqual(follows(11), [11])
  log.drop(22, START)
  assert.deepEqual([follows(11), follows(22)], [[undefined], [22]])
})

test('rounds older than forty seconds are dropped although a reader needs them', () => {
  assert.equal(KEEP_MS, 40_000)
  const { log, round, follows } = openLog()
  for (let index = 1; index <= 11; index++) round(index, ISSUE)
  round(1_000, ISSUE)
  log.drop(0, addMillis(START, 11 + KEEP_MS))
  assert.deepEqual(follows(1), [1])
  log.drop(0, addMillis(START, 12 + KEEP_MS))
  assert.deepEqual([follows(1), follows(10), follows(11)], [[undefined], [undefined], [11]])
})

test('above the most entries the oldest rounds are dropped, no more than needed', () => {
  const { log, round, follows } = openLog()
  const most = MAX_ENTRIES
  for (let index = 1; index <= most; index++) round(index, ISSUE)
  log.drop(0, START)
  // The first entry follows nothing, so a reader of round 1 shows whether it was dropped.
  round(most + 1, ISSUE)
  round(most + 2, ISSUE)
  assert.deepEqual(follows(1), [1])
  log.drop(0, START)
  assert.deepEqual([follows(1), follows(2)], [[undefined], [2]])
})

test('the entries of a dropped round no longer count', () => {
  const { log, round, follows } = openLog()
  const half = MAX_ENTRIES / 2
  for (let index = 1; index <= half; index++) round(index, ISSUE)
  log.drop(half, START)
  for (let index = 1; index <= half; index++) round(half + index, ISSUE)
  // Too many entries would be dropped at once, and not after ten rounds.
  log.drop(half + 3, START)
  assert.deepEqual(follows(half + 1), [half + 1])
})

test('the round of the last change is that of the last visible change of an issue that is held', () => {
  const held = new Set([ISSUE])
  const { log, round, take, tick } = openLog(issue => held.has(issue))
  assert.deepEqual([log.round, log.changedRound], [0, 0])
  round(1, ISSUE)
  assert.deepEqual([log.round, log.changedRound], [1, 1])
  round(2)
  round(3, '6758')
  assert.deepEqual([log.round, log.changedRound], [3, 1])
  const shown = log.latest(ISSUE)!.board
  take(tick(ISSUE, { board: shown }))
  assert.deepEqual(
    log.endRound(START).map(({ sequence }) => sequence),
    [3],
  )
  assert.equal(log.changedRound, 1)
  round(5, ISSUE, '6758')
  assert.equal(log.changedRound, 5)
})

test('an issue that nobody holds has its latest tick and no rounds; once held, its updates follow this tick', () => {
  const held = new Set([ISSUE])
  const { log, round, follows } = openLog(issue => held.has(issue))
  assert.deepEqual(round(1, '6758', ISSUE), ['6758', ISSUE])
  assert.deepEqual(round(2, '6758', '6758'), ['6758'])
  assert.equal(log.latest('6758')?.sequence, 4)
  assert.deepEqual([follows(0, '6758'), log.isChangedSince('6758', 'board', 0)], [[], false])
  held.add('6758')
  round(3, '6758')
  round(4, '6758')
  assert.deepEqual([follows(2, '6758'), follows(3, '6758')], [[4], [5]])
  held.delete('6758')
  round(5, '6758')
  assert.deepEqual([follows(3, '6758'), follows(4, '6758')], [[undefined], []])
  assert.equal(log.changedRound, 4)
})

test('an unknown issue has no tick and no updates', () => {
  const { log, follows } = openLog()
  assert.deepEqual(
    [log.latest('9999'), log.isChangedSince('9999', 'board', -1), follows(-1, '9999')],
    [undefined, false, []],
  )
})

test('a tick of another trading date or another lane follows nothing', () => {
  const { log, round, take, tick, follows } = openLog()
  round(1, ISSUE)
  const nextDate = plainTick(ISSUE, 1, (TRADING_DATE + 3) as typeof TRADING_DATE)
  take(tick(ISSUE, { tradingDate: nextDate.tradingDate, sequence: 1 }))
  log.endRound(START)
  assert.deepEqual([follows(1), log.latest(ISSUE)?.tradingDate], [[undefined], nextDate.tradingDate])
  // An older date changes nothing.
  assert.deepEqual(round(3, ISSUE), [])
})
