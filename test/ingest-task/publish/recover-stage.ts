/** A line whose tasks publish to a real stream and resume from it. */
import type { TestContext } from 'node:test'
import { Publisher } from '../../../ingest-task/publish/publisher.ts'
import { type Published, readPublished } from '../../../ingest-task/publish/recover.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import { laneOf } from '../../../market/lane.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'
import { openStream, STREAM, type Stream } from '../ingest-stream.ts'

export const LINE = 2
export const LANES = 4
export const DATE = asTradingDate(20261120)
const ISSUES = Array.from({ length: 60 }, (_, index) => String(1300 + index))
/** Twice the interval of key frames, so that every lane has one. */
export const KEY_FRAMES = 20_000

/** Returns the tick of message `sequence`. Every third tick has a trade. */
export function tickOf(sequence: number): Tick {
  const board = emptyBoard(ISSUES[sequence % ISSUES.length]!)
  board.values[F.last] = 10_000 * sequence
  board.values[F.volume] = 100 * sequence
  const trade = sequence % 3 === 0 ? { trade: { price: 10_000 * sequence, quantity: 100 } } : {}
  return { tradingDate: DATE, line: LINE, sequence, time: sequence, board, ...trade }
}

/** What a task needs of the stream. */
type StreamClient = Pick<Stream, 'client'>

/** Opens a stream at a mocked time. */
export async function open(t: TestContext): Promise<Stream> {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
  const stream = await openStream()
  t.after(() => stream.close())
  return stream
}

/** Starts a task that reads the messages of the line after `published`. */
export function openTask(stream: StreamClient, published?: Published, lanes = LANES) {
  const latest = new Map(published?.boards.map(tick => [tick.board.issue, tick]))
  const warnings: string[] = []
  const publisher = new Publisher({
    client: stream.client,
    streamName: STREAM,
    line: LINE,
    lanes,
    published,
    boards: () => latest.values(),
    pressure() {},
    failed: (_, reason) => warnings.push(reason),
    delivered() {},
  })
  let position = published?.position ?? 0
  return {
    publisher,
    latest,
    warnings,
    /** Reads the line up to a message. */
    readTo(last: number): void {
      while (position < last) {
        const tick = tickOf(++position)
        const floor = published?.lanes[laneOf(tick.board.issue, lanes)]?.sequence ?? 0
        if (tick.sequence <= floor) continue
        publisher.tick(tick, true)
        const { trade: _, ...board } = tick
        latest.set(tick.board.issue, board)
      }
      publisher.position(DATE, position, position)
    },
  }
}

/** Reads what was published, and the reasons why a task could not resume. */
export async function recover(
  stream: StreamClient,
  lanes = LANES,
): Promise<{ published: Published | undefined; warnings: string[] }> {
  const warnings: string[] = []
  const published = await readPublished({
    client: stream.client,
    streamName: STREAM,
    line: LINE,
    lanes,
    warn: reason => warnings.push(reason),
  })
  return { published, warnings }
}
