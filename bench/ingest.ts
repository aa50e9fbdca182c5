/** Market messages to finished envelopes: what an ingest task does, but for socket, frames and zip, beside the baseline. */
import assert from 'node:assert/strict'
import { createLineBoards } from '../ingest-task/flex/line-boards.ts'
import { decodeEnvelope } from '../market/envelope.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { LINE, type LineMessages, readLine } from './flex-line.ts'
import { createSlicedBoards, iconvText } from './flex-slices.ts'
import { encodeRecord, recordOf } from './json-record.ts'
import { createCutter } from './lanes.ts'
import { TRADING_DATE } from './opening.ts'
import { figure, times } from './table.ts'

export const ingest: Benchmark = {
  name: 'ingest',
  about: 'market messages to envelopes, beside iconv-lite, slicing and one JSON record a tick',
  async run() {
    const line = readLine()
    const units = line.count
    assert.equal(ticksIn(toEnvelopes(line)), units)
    const rates = await ratesOf({
      own: { units, work: () => toEnvelopes(line) },
      baseline: { units, work: () => toRecords(line) },
    })
    const ratio = rates.own / rates.baseline
    return {
      table: [
        ['', 'messages a CPU second', ''],
        ['ingest-task', figure(rates.own), times(ratio)],
        ['iconv-lite, slicing and JSON, the baseline', figure(rates.baseline), times(1)],
      ],
      notes: [
        `${figure(units)} messages of ${figure(line.bytes / units)} bytes. Envelopes are cut by market time; frames are unpacked already.`,
        'A JSON record is the board as the API shows it, made from the sliced board.',
      ],
      figures: {
        messagesPerCpuSecond: rates.own,
        baselineMessagesPerCpuSecond: rates.baseline,
        ratio,
      },
    }
  },
}

function toEnvelopes({ frames }: LineMessages): Uint8Array[] {
  const cutter = createCutter(LINE)
  const boards = createLineBoards(LINE, TRADING_DATE, cutter.add)
  for (const frame of frames) boards.merge(frame)
  return cutter.finish()
}

/** @returns the bytes of all records; each is let go, as it would be when it is sent. */
function toRecords({ batches }: LineMessages): number {
  const read = createSlicedBoards(TRADING_DATE, iconvText)
  let bytes = 0
  for (const batch of batches)
    for (const message of batch) bytes += encodeRecord(recordOf(read(message))).length
  return bytes
}

function ticksIn(envelopes: readonly Uint8Array[]): number {
  return envelopes.reduce((sum, bytes) => {
    const content = decodeEnvelope(bytes)
    return sum + (content.kind === 'ticks' ? content.ticks.length : 0)
  }, 0)
}
