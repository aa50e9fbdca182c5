import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  axisTime,
  type ChartBar,
  joinBars,
  liveBar,
  marksOf,
  putBar,
  startOf,
  vwapOf,
} from '../../../client/page/chart-bars.ts'

const bar = (clock: string, close = 100, volume = 100, date = '2026-11-20'): ChartBar => ({
  ...{ time: `${date}T${clock}:00.000000+09:00`, open: 100, high: 110, low: 90, close, volume },
  turnover: close * volume,
})
const day = (date: string, close = 100): ChartBar => ({
  ...{ date, open: 100, high: 110, low: 90, close, volume: 5, turnover: 500 },
})
const shape = (bars: readonly ChartBar[]): string =>
  bars.map(each => `${startOf(each).slice(11, 16) || startOf(each)} ${each.close}`).join(', ')

test('the axis shows times of Tokyo, and days at midnight', () => {
  assert.equal(axisTime(bar('09:31')), Date.UTC(2026, 10, 20, 9, 31) / 1000)
  assert.equal(axisTime(day('2026-11-20')), Date.UTC(2026, 10, 20) / 1000)
})

suite('bars', () => {
  const bars = [bar('09:00', 1), bar('09:01', 2), bar('09:02', 3)]
  test('of a later answer replace those from its first bar on', () => {
    assert.equal(
      shape(joinBars(bars, [bar('09:02', 4), bar('09:04', 5)])),
      '09:00 1, 09:01 2, 09:02 4, 09:04 5',
    )
    assert.equal(joinBars(bars, []), bars)
    assert.equal(shape(joinBars([], bars)), shape(bars))
    assert.equal(shape(joinBars([day('2026-11-19', 1)], [day('2026-11-19', 2)])), '2026-11-19 2')
  })

  test('that come one by one stay in order, each once', () => {
    assert.equal(shape(putBar(bars, bar('09:03', 4))), '09:00 1, 09:01 2, 09:02 3, 09:03 4')
    assert.equal(shape(putBar(bars, bar('09:01', 7))), '09:00 1, 09:01 7, 09:02 3')
    assert.equal(shape(putBar([bars[0]!, bars[2]!], bar('09:01', 7))), '09:00 1, 09:01 7, 09:02 3')
    assert.equal(shape(putBar(bars.slice(1), bar('09:00', 7))), '09:00 7, 09:01 2, 09:02 3')
    assert.equal(shape(putBar([], day('2026-11-20', 7))), '2026-11-20 7')
  })
})

suite('a bar of the client', () => {
  const stored = { ...bar('09:31'), time: '2026-11-20T09:31:00.000000+09:00' }
  const lossy = { ...stored, lost: true as const }
  test('that is final is the stored bar', () => {
    assert.deepEqual(liveBar({ bar: stored, final: true }), stored)
    assert.deepEqual(marksOf(liveBar({ bar: stored, final: true })), [])
    assert.deepEqual(marksOf(liveBar({ bar: lossy, final: true, lost: true })), ['lost'])
  })

  test('that is not final is running, or lacks trades which are to come', () => {
    assert.deepEqual(liveBar({ bar: stored, final: false }), { ...stored, running: true })
    assert.deepEqual(marksOf(liveBar({ bar: stored, final: false })), ['running'])
    assert.deepEqual(marksOf(liveBar({ bar: stored, final: false, lost: true })), ['pending'])
    assert.deepEqual(marksOf(liveBar({ bar: lossy, final: false, lost: true })), ['lost', 'running'])
  })

  test('of a day is the same', () => {
    assert.deepEqual(marksOf(liveBar({ bar: { ...day('2026-11-20'), date: '2026-11-20' }, final: false })), [
      'running',
    ])
  })
})

suite('the VWAP', () => {
  test('is turnover by volume since the start of the date', () => {
    const bars = [bar('15:00', 100, 100, '2026-11-19'), bar('09:00', 200, 100), bar('09:01', 500, 200)]
    assert.deepEqual(vwapOf(bars), [100, 200, 400])
  })

  test('is unknown for days, without volume, and after an unknown turnover until the next date', () => {
    const { turnover: _, ...unknown } = bar('09:01')
    const bars = [
      bar('09:00', 100, 0),
      bar('09:00', 300),
      unknown,
      bar('09:02'),
      bar('09:00', 7, 1, '2026-11-24'),
    ]
    assert.deepEqual(vwapOf(bars), [undefined, 300, undefined, undefined, 7])
    assert.deepEqual(vwapOf([day('2026-11-20')]), [undefined])
  })
})
