/** A process that reads the line: one side of the benchmark, from the socket to envelopes or records. */

import { DEFAULT_TIMING } from '../../ingest-task/line/line-opener.ts'
import { LineSession } from '../../ingest-task/line/line-session.ts'
import { systemClock } from '../../market/clock.ts'
import { collectGarbage } from '../benchmark.ts'
import { HOST, LOGIN, NOWHERE } from './address.ts'
import { boardsDigest, createTickDigest } from './digest.ts'
import { serve } from './helper.ts'
import { SIDES, type Side, type SideName } from './sides.ts'

export interface Pass {
  readonly side: SideName
  readonly port: number
  /** 1: connection A alone. 2: A and B, which carry the same frames. */
  readonly connections: 1 | 2
  /** Number of messages that the line sends. */
  readonly messages: number
  /** Whether every tick is read back and added to {@link PassResult.digest}. */
  readonly check: boolean
}

export interface PassResult {
  /** CPU time of the process from connecting to the last envelope or record. */
  readonly cpuMicroseconds: number
  /** Bytes of all envelopes or records. */
  readonly bytes: number
  readonly ticks: number
  /** Digest of all ticks read back from envelopes or records. */
  readonly digest?: { readonly ticks: number; readonly digest: string }
  /** Digest of the boards after the last message. */
  readonly boards: string
  /** Peak memory of the process, MiB. */
  readonly peakRssMiB: number
}

export const READER_ABILITIES = { pass }
serve(READER_ABILITIES)

async function pass({ side: name, port, connections, messages, check }: Pass): Promise<PassResult> {
  const digest = check ? createTickDigest() : undefined
  const { promise: done, resolve, reject } = Promise.withResolvers<NodeJS.CpuUsage>()
  const address = { host: HOST, port }
  let side: Side | undefined
  collectGarbage()
  const start = process.cpuUsage()
  const line = new LineSession({
    addresses: [address, connections === 2 ? address : NOWHERE],
    login: LOGIN,
    clock: systemClock,
    timing: DEFAULT_TIMING,
    deliver(content) {
      if (content.kind === 'opened') side = SIDES[name](content.tradingDate, digest?.add)
      if (content.kind !== 'messages') return true
      side!.take(content.bytes)
      if (side!.messages === messages) {
        side!.finish()
        resolve(process.cpuUsage(start))
      }
      return true
    },
    connected() {},
    failed({ connection, message }) {
      if (connections === 2 || connection === 'A') reject(new Error(`connection ${connection}: ${message}`))
    },
  })
  const { user, system } = await done
  await line.close()
  const { bytes, ticks, boards } = side!
  return {
    cpuMicroseconds: user + system,
    bytes,
    ticks,
    ...(digest === undefined ? {} : { digest: { ticks: digest.count, digest: digest.result() } }),
    boards: boardsDigest(boards()),
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
  }
}
