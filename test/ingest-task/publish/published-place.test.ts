import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishedPlace } from '../../../ingest-task/publish/published-place.ts'
import { WaitingEnvelopes } from '../../../ingest-task/publish/waiting-envelopes.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'

const DATE = asTradingDate(20261120)
const NEXT_DATE = asTradingDate(20261124)
const EPOCH = asEpochMillis(5)

const placeOf = (counter: number, sequence: number) => ({ epoch: EPOCH, counter, sequence })
const lane = (waitingBytes: number, position: number, reached: number, tradingDate = DATE) => ({
  waitingBytes,
  settled: { place: placeOf(position, reached), tradingDate, read: { position, reached } },
})

test('a line is published up to where its slowest lane is', () => {
  const read = { position: 90, reached: 900 }
  const lanes = [lane(10, 80, 800), lane(10, 70, 700), lane(0, 20, 200)]
  assert.deepEqual(publishedPlace(DATE, read, lanes), {
    tradingDate: DATE,
    position: 70,
    reached: 700,
    lanes: [placeOf(80, 800), placeOf(70, 700), placeOf(20, 200)],
  })
  const idle = lanes.map(({ settled }) => ({ settled, waitingBytes: 0 }))
  assert.deepEqual(publishedPlace(DATE, read, idle)?.position, 90)
})

test('a line has no place while its boards are not whole, or while a lane has published nothing of the date', () => {
  const read = { position: 90, reached: 900 }
  assert.equal(publishedPlace(undefined, read, [lane(0, 80, 800)]), undefined)
  assert.equal(publishedPlace(DATE, { position: 0, reached: 0 }, [lane(0, 80, 800)]), undefined)
  assert.equal(publishedPlace(DATE, read, [lane(1, 0, 0)]), undefined)
  assert.equal(publishedPlace(DATE, read, [lane(0, 80, 800), lane(0, 80, 800, NEXT_DATE)]), undefined)
  assert.equal(publishedPlace(DATE, read, [{ waitingBytes: 0, settled: undefined }]), undefined)
})

test('the last envelope in the stream is the last one settled, with the highest counter of its trading date', () => {
  const before = { place: placeOf(3, 30), tradingDate: DATE, read: { position: 8, reached: 80 } }
  const waiting = new WaitingEnvelopes(before)
  const push = (counter: number, sequence: number, tradingDate = DATE): void => {
    const header = {
      line: 1,
      lane: 0,
      epoch: EPOCH,
      counter,
      tradingDate,
      position: counter * 10,
      reached: 50,
    }
    waiting.push(header, new Uint8Array(4), { ticks: 1, newest: undefined, sequence }, false)
  }
  push(4, 0)
  push(5, 44)
  push(6, 7, NEXT_DATE)
  assert.deepEqual([waiting.count, waiting.bytes, waiting.settled], [3, 12, before])
  waiting.settle()
  assert.deepEqual(waiting.settled?.place, placeOf(4, 30))
  waiting.settle()
  assert.deepEqual(waiting.settled, { ...before, place: placeOf(5, 44), read: { position: 50, reached: 50 } })
  waiting.settle()
  assert.deepEqual([waiting.count, waiting.bytes, waiting.settled?.place], [0, 0, placeOf(6, 7)])
})
