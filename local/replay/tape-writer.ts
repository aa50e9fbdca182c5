/** Writes a tape. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { encodePack } from '../../market/codec/pack.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { Tick } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'
import {
  encodeHead,
  HEAD_BYTES,
  INDEX_FILE,
  PACK_TICKS,
  PACKS_FILE,
  type TapeIndex,
  type Track,
} from './tape-format.ts'

const MINUTE = 60_000_000
const MINUTES_A_DAY = 24 * 60

export interface TapeWriter {
  /**
   * Adds a tick. Ticks come issue after issue, by rising sequence.
   * @throws RangeError if they do not.
   */
  add(tick: Tick): void
  /** Writes the index. No tick can be added afterwards. */
  finish(issues: readonly IssueMaster[]): TapeIndex
}

/** Opens a tape for writing. @param folder an empty folder for the files of the tape. */
export function createTape(folder: string, tradingDate: TradingDate): TapeWriter {
  const file = openSync(join(folder, PACKS_FILE), 'wx')
  const tracks: Track[] = []
  const written = new Set<string>()
  const minutes = new Array<number>(MINUTES_A_DAY).fill(0)
  let pack: Tick[] = []
  let track = { issue: '', line: 1 as Track['line'], ticks: 0, start: 0 }
  let end = 0

  const writePack = (): void => {
    const last = pack.at(-1)
    if (last === undefined) return
    const bytes = encodePack(pack)
    writeSync(file, encodeHead(bytes.length, last))
    writeSync(file, bytes)
    end += HEAD_BYTES + bytes.length
    pack = []
  }
  const closeTrack = (): void => {
    writePack()
    if (track.ticks > 0) tracks.push({ ...track, end })
  }

  return {
    add(tick) {
      const { issue } = tick.board
      if (issue !== track.issue) {
        closeTrack()
        if (written.has(issue))
          throw new RangeError(
            `expected all ticks of ${issue} together, got more of them after another issue`,
          )
        written.add(issue)
        track = { issue, line: lineOf(tick), ticks: 0, start: end }
      }
      if (tick.tradingDate !== tradingDate) {
        throw new RangeError(
          `expected ticks of ${tradingDate}, got a tick of ${issue} on ${tick.tradingDate}`,
        )
      }
      pack.push(tick)
      track.ticks++
      minutes[Math.floor(tick.time / MINUTE)]!++
      if (pack.length === PACK_TICKS) writePack()
    },
    finish(issues) {
      closeTrack()
      closeSync(file)
      const index: TapeIndex = { tradingDate, issues, tracks, minutes }
      writeFileSync(join(folder, INDEX_FILE), JSON.stringify(index))
      return index
    },
  }
}

function lineOf({ line, board }: Tick): Track['line'] {
  if (line === 1 || line === 2 || line === 3) return line
  throw new RangeError(`expected a tick of line 1, 2 or 3, got a tick of ${board.issue} on line ${line}`)
}
