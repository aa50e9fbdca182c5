/** The @connections API in a process of its own: it has a share of the account's quota, counts, and keeps what some apps got. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TokenBucket } from '@itastream/local-cloud/token-bucket'
import { serve } from '../ingest/helper.ts'
import { createPostTimes, type PostTimes } from './post-times.ts'
import { createRequestQuota } from './request-quota.ts'
import type { GatewayCounts } from './virtual-gateway.ts'

export interface GatewayStart {
  /** Part of the account's quota. */
  readonly share: number
  /** Apps whose messages are kept. */
  readonly kept: readonly string[]
  /** Posts before this time (epoch ms) do not count. */
  readonly countFrom: number
}

export interface GatewayResult extends GatewayCounts {
  /** Times between the posts of an app, ms. */
  readonly intervals: readonly number[]
  readonly apps: number
  readonly messages: Readonly<Record<string, readonly string[]>>
}

/** Bytes of a message that tell whether it has updates. */
const HEAD_BYTES = 64

let quota: TokenBucket | undefined
let times: PostTimes | undefined
let countFrom = Number.POSITIVE_INFINITY
const messages = new Map<string, string[]>()
const counts = { posts: 0, refused: 0, bytes: 0 }

/** Returns the status of a post, and notes it. */
function receive(connection: string, body: Buffer): number {
  const now = Date.now()
  if (quota?.take() !== true) {
    counts.refused++
    return 429
  }
  times?.note(connection, now, body.toString('utf8', 0, HEAD_BYTES))
  messages.get(connection)?.push(body.toString())
  if (now >= countFrom) {
    counts.posts++
    counts.bytes += body.length
  }
  return 200
}

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    const connection = decodeURIComponent(request.url!.slice(request.url!.lastIndexOf('/') + 1))
    response.writeHead(receive(connection, Buffer.concat(parts))).end()
  })
})

export const COUNTING_GATEWAY_ABILITIES = {
  /** Starts to listen. Returns the port. */
  start(plan: GatewayStart): Promise<number> {
    quota = createRequestQuota(plan.share)
    countFrom = plan.countFrom
    times = createPostTimes(countFrom)
    for (const connection of plan.kept) messages.set(connection, [])
    return new Promise(resolve =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    )
  },
  /** Returns the counts up to now. Later posts do not count. */
  stopCounting(_: undefined): GatewayCounts {
    const counted = { ...counts }
    countFrom = Number.POSITIVE_INFINITY
    return counted
  },
  finish: (_: undefined): GatewayResult => ({
    ...counts,
    intervals: times?.intervals() ?? [],
    apps: times?.apps() ?? 0,
    messages: Object.fromEntries(messages),
  }),
}
serve(COUNTING_GATEWAY_ABILITIES)
