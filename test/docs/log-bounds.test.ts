/** The documents state the bounds of the log of broadcast. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEEP_MS, MAX_ENTRIES } from '../../functions/broadcast/market-log.ts'

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

test('protocol.md has the time of the log', async () => {
  const [, seconds] = /took no message for (\d+) s \(/.exec(await read('protocol.md')) ?? []
  assert.equal(Number(seconds), KEEP_MS / 1_000)
})
