/** The documents state the bounds of the log and the journal of broadcast. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEEP_MS, MAX_ENTRIES } from '../../functions/broadcast/market-log.ts'
import { BLOCK_TRADES, TRADE_BYTES } from '../../functions/broadcast/trade-block.ts'
import { JOURNAL_MS } from '../../functions/broadcast/trade-journal.ts'
import { MAX_BLOCKS } from '../../functions/broadcast/trade-store.ts'

const read = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../docs', name), 'utf8')

test('architecture.md has the time, the entries and the memory of the log', async () => {
  const text = await read('architecture.md')
  const [, seconds, entries, megabytes] =
    /for the last (\d+) seconds, and ([\d,]+) entries \((\d+) MB\) at most/.exec(text) ?? []
  assert.equal(Number(seconds), KEEP_MS / 1_000)
  assert.equal(Number(entries?.replaceAll(',', '')), MAX_ENTRIES)
  // An entry takes 1.6 KB.
  assert.equal(Number(megabytes), (MAX_ENTRIES * 1.6) / 1_000)
})

test('architecture.md has the time, the trades and the memory of the journal', async () => {
  const text = await read('architecture.md')
  const [, minutes, bytes, trades, megabytes] =
    /of the last (\d+) minutes, also[^:]*: (\d+) bytes a trade, and ([\d,]+) trades \((\d+) MB\) at most/.exec(
      text,
    ) ?? []
  assert.equal(Number(minutes), JOURNAL_MS / 60_000)
  assert.equal(Number(bytes), TRADE_BYTES)
  assert.equal(Number(trades?.replaceAll(',', '')), MAX_BLOCKS * BLOCK_TRADES)
  assert.equal(Number(megabytes), Math.round((MAX_BLOCKS * BLOCK_TRADES * TRADE_BYTES) / 1e6))
})

test('protocol.md has the time of the log', async () => {
  const [, seconds] = /took no message for (\d+) s \(/.exec(await read('protocol.md')) ?? []
  assert.equal(Number(seconds), KEEP_MS / 1_000)
})
