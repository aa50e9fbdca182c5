/** Scenario: apps send messages of 127 KB that are wrong from end to end. */

import { pick } from '../../../local/exchange/random.ts'
import { ERROR_BYTES } from '../../../market/protocol.ts'
import { addConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { APP_ROOMS, type AppGateway, startAppGateway } from '../../functions/app-gateway.ts'
import { HUGE } from '../../functions/message/rubbish.ts'
import { TABLES } from '../../functions/tables.ts'
import { randomOf } from '../seed.ts'
import type { Outcome, Scenario } from './scenario.ts'

const NAME = 'huge-messages'
const ISSUES = Array.from({ length: 200 }, (_, index) => String(1301 + index))
const APP = 'app='
/** Each kind of message is sent so often. The least CPU time counts: the others contain work of other processes. */
const ROUNDS = 5
const VALID = JSON.stringify({ action: 'subscribe', issues: ISSUES })

interface Cost {
  readonly bytes: number
  readonly milliseconds: number
}

/** Returns the bytes of the answers to a message, and the CPU time that they took. */
async function costOf({ answers }: AppGateway, text: string): Promise<Cost> {
  let milliseconds = Number.POSITIVE_INFINITY
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage()
    const messages = await answers(APP, text)
    const { user, system } = process.cpuUsage(start)
    milliseconds = Math.min(milliseconds, (user + system) / 1_000)
    bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify(message)), 0)
    if (text !== VALID && messages.some(({ type }) => type !== 'error'))
      throw new Error(`expected an error to ${text.slice(0, 60)}, got ${messages[0]?.type}`)
  }
  return { bytes, milliseconds }
}

async function run(seed: number): Promise<Outcome> {
  const random = randomOf(NAME, seed)
  await using gateway = await startAppGateway({ issues: ISSUES })
  const table = { client: gateway.tables.client, table: TABLES.CONNECTIONS_TABLE }
  await addConnection(table, roomOf(APP, APP_ROOMS), APP)
  await costOf(gateway, VALID)
  const valid = await costOf(gateway, VALID)
  let wrong = 0
  let most = { bytes: 0, milliseconds: 0 }
  // In an order from the seed, because the first calls of a program are slow.
  const left = Object.values(HUGE)
  while (left.length > 0) {
    const text = pick(random, left)
    left.splice(left.indexOf(text), 1)
    const { bytes, milliseconds } = await costOf(gateway, text)
    if (bytes > ERROR_BYTES || milliseconds > valid.milliseconds) wrong++
    most = { bytes: Math.max(most.bytes, bytes), milliseconds: Math.max(most.milliseconds, milliseconds) }
  }
  const figures = ({ bytes, milliseconds }: Cost): string => `${bytes} bytes, ${milliseconds.toFixed(1)} ms`
  return {
    wrong,
    lost: 0,
    starved: 0,
    measured: `largest error ${figures(most)} of CPU; a valid message of 200 issues ${figures(valid)}`,
  }
}

export const hugeMessages: Scenario = {
  name: NAME,
  fault: 'apps send 127 KB of empty texts, numbers, deep lists and others',
  run,
}
