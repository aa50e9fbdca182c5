import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { formatSegments } from '../../../market/clock.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate, nowMillis, toEpochMillis } from '../../../market/units.ts'

const MAIN = join(import.meta.dirname, '../../../local/line/line-main.ts')
const EXCHANGE = { seed: 1, issues: 9, rate: 50, tradingDate: asTradingDate(20261120), from: 32_400_000_000 }

function start() {
  const market = toEpochMillis(momentOf(EXCHANGE.tradingDate, EXCHANGE.from))
  const child = spawn(
    process.execPath,
    [
      MAIN,
      JSON.stringify({ source: { exchange: EXCHANGE }, host: '127.0.0.1', ports: [0, 0, 0], logins: 0 }),
    ],
    {
      env: {
        MARKET_CLOCK: formatSegments([{ real: nowMillis(), market, speed: 1 }]),
        LINE_USER: 'reader',
        LINE_PASSWORD: 'open sesame',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse((await lines.next()).value ?? 'null') as Record<string, number[]>
  return { child, next }
}

test('the process prints its ports, then how much it has sent, and ends on SIGTERM', async () => {
  const { child, next } = start()
  const { ports } = await next()
  assert.equal(ports?.length, 3)
  const reader = connect({ port: ports![2]!, host: '127.0.0.1' })
  await once(reader, 'connect')
  const { messages } = await next()
  assert.ok(messages!.every(count => count > 0))
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  reader.destroy()
})

test('the process ends when nobody reads its output', async () => {
  const { child, next } = start()
  await next()
  child.stdout.destroy()
  assert.deepEqual(await once(child, 'exit'), [0, null])
})
