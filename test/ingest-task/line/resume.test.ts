import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { lineOpener } from '../../../ingest-task/line/line-opener.ts'
import type { Line, LineContent, ResumePoint } from '../../../ingest-task/line-seam.ts'
import type { Lines } from '../../../local/line/line-server.ts'
import { asTradingDate } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { configOf, MARKET, marketClock, NOBODY, openLines, QUICK } from '../line-and-stream.ts'
import { openCable } from './cable.ts'

const LINE = 1
const { tradingDate } = MARKET
const clock = marketClock()
let lines: Lines

before(async () => {
  lines = await openLines(clock)
})
after(() => lines.close())

interface Reader {
  readonly contents: readonly LineContent[]
  /** Waits for so many live contents. */
  live(count: number): Promise<void>
  readonly line: Line
}

const isLive = (content: LineContent): boolean =>
  'position' in content &&
  content.position > 0 &&
  content.kind !== 'opened' &&
  content.kind !== 'snapshot-end'

function read(ports: number | readonly [number, number], resume?: ResumePoint): Reader {
  const contents: LineContent[] = []
  const line = lineOpener(configOf(clock, LINE, ports), QUICK)(
    {
      deliver(content) {
        // The bytes of the line last as long as this call.
        contents.push(structuredClone(content))
        return true
      },
      connected() {},
      failed() {},
    },
    resume,
  )
  return {
    contents,
    line,
    live: count => until(() => contents.filter(isLive).length >= count, `${count} live contents`),
  }
}

/** Reads a part of the line, from a snapshot on. */
async function readSome(): Promise<readonly LineContent[]> {
  const reader = read(lines.ports[LINE - 1]!)
  await reader.live(6)
  await reader.line.close()
  return reader.contents.filter(isLive)
}

const positionsOf = (contents: readonly LineContent[]): number[] =>
  contents.flatMap(content => ('position' in content ? [content.position] : []))

const hasSnapshot = (contents: readonly LineContent[]): boolean =>
  contents.some(content => content.kind === 'messages' && content.snapshot)

test('a line goes on after the resume position, without a snapshot', async () => {
  const before = await readSome()
  const [, second] = positionsOf(before)
  const { contents, live, line } = read(lines.ports[LINE - 1]!, { tradingDate, position: second!, time: 0 })
  await live(10)
  await line.close()
  assert.equal(hasSnapshot(contents), false)
  assert.deepEqual(
    contents.find(({ kind }) => kind === 'opened'),
    { kind: 'opened', tradingDate, position: second },
  )
  const came = contents.filter(isLive)
  assert.deepEqual(
    positionsOf(came),
    came.map((_, index) => second! + 1 + index),
  )
  assert.deepEqual(came.slice(0, before.length - 2), before.slice(2))
  // The frames since the position were requested, and are no gap.
  assert.ok(line.stats.resends > 0)
  assert.equal(line.stats.gaps, 0)
})

test('a line takes a snapshot when the resume position is of another trading date', async () => {
  const [position] = positionsOf(await readSome())
  const resume = { tradingDate: asTradingDate(tradingDate - 1), position: position!, time: 0 }
  const { contents, live, line } = read(lines.ports[LINE - 1]!, resume)
  await live(2)
  await line.close()
  const opened = contents.find(({ kind }) => kind === 'opened')
  assert.deepEqual(opened, { kind: 'opened', tradingDate, position: 0 })
  assert.equal(hasSnapshot(contents), true)
  assert.equal(line.stats.resends, 0)
})

test('a line takes a snapshot when it cannot send the frames after the resume position any more', async () => {
  const [position] = positionsOf(await readSome())
  const cable = await openCable(lines.ports[LINE - 1]!)
  cable.refuseResends()
  const { contents, live, line } = read(cable.port, { tradingDate, position: position!, time: 0 })
  await live(2)
  await line.close()
  await cable.close()
  assert.equal(hasSnapshot(contents), true)
  const end = contents.find(content => content.kind === 'snapshot-end')
  const came = positionsOf(contents.filter(isLive))
  assert.deepEqual(
    came,
    came.map((_, index) => end!.position + 1 + index),
  )
})

test('when A and B carry two sessions, the later session wins and the other connection is ended', async () => {
  const before = await openLines(clock, asTradingDate(tradingDate - 1))
  for (const ports of [
    [before.ports[LINE - 1]!, lines.ports[LINE - 1]!],
    [lines.ports[LINE - 1]!, before.ports[LINE - 1]!],
  ] as const) {
    const { contents, live, line } = read(ports)
    await live(10)
    await until(() => line.stats.errors.session !== undefined, 'the end of the earlier session')
    const { state } = line.stats
    await line.close()
    assert.equal(state, 'live')
    const opened = contents.findLast(content => content.kind === 'opened')
    assert.equal(opened?.tradingDate, tradingDate)
  }
  await before.close()
})

test('a line can be paused again and again: it delivers nothing meanwhile, and afterwards everything', async () => {
  const { contents, live, line } = read(lines.ports[LINE - 1]!)
  await live(3)
  for (let pauses = 1; pauses <= 3; pauses++) {
    line.pause()
    // A second call changes nothing.
    line.pause()
    const paused = contents.length
    // Long enough for several frames.
    await wait(300)
    assert.equal(contents.length, paused, `contents during pause ${pauses}`)
    assert.ok(line.stats.pausedMilliseconds >= pauses * 299, 'a running pause counts')
    line.resume()
    line.resume()
    await live(contents.filter(isLive).length + 5)
  }
  const { pausedMilliseconds } = line.stats
  await wait(100)
  assert.equal(line.stats.pausedMilliseconds, pausedMilliseconds, 'no time counts after a pause')
  await line.close()
  const came = positionsOf(contents.filter(isLive))
  assert.deepEqual(
    came,
    came.map((_, index) => came[0]! + index),
  )
  const { resends, errors } = line.stats
  assert.deepEqual([resends, errors], [0, {}])
})

test('a connection that is opened during a pause is paused too', async () => {
  const cable = await openCable(lines.ports[LINE - 1]!)
  const { contents, live, line } = read([cable.port, NOBODY])
  await live(3)
  line.pause()
  const connects = line.stats.connects
  cable.cut()
  await until(() => line.stats.connects > connects + 1, 'another connection')
  const paused = contents.filter(isLive).length
  await wait(300)
  assert.equal(contents.filter(isLive).length, paused)
  line.resume()
  await live(paused + 5)
  await line.close()
  await cable.close()
})
