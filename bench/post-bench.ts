/**
 * Measures posts to connections with posts/posts.ts, beside the SDK's PostToConnection with default settings (the
 * baseline) and beside an unsigned request on a keep-alive connection (the upper bound of any HTTP client here).
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { type Conflater, createConflater } from '../functions/broadcast/conflate.ts'
import { changeText } from '../functions/broadcast/update-text.ts'
import { eachOf } from '../lambda/each-of.ts'
import { below, createRandom } from '../local/exchange/random.ts'
import { LINES } from '../market/lane.ts'
import type { Tick } from '../market/tick.ts'
import { asEpochMillis } from '../market/units.ts'
import { createPosts } from '../posts/posts.ts'
import { joinUpdates, POSTS_IN_FLIGHT } from '../posts/push.ts'
import { figure, times } from '../tools/table.ts'
import { type Benchmark, ratesOf } from './benchmark.ts'
import { type OpeningOptions, playOpening, SETTLED, TRADING_DATE, tickOf } from './opening.ts'

/** A round of one second in a calm hour. */
const INPUT: OpeningOptions = { ticksPerSecond: 3_000, seconds: 1 }
const CONNECTIONS = 1_000
const ISSUES_PER_CONNECTION = 20
const SEED = 1

interface Post {
  readonly connection: string
  readonly text: string
}

type Send = (post: Post) => Promise<unknown>

export const post: Benchmark = {
  name: 'post',
  about: 'posts to connections, beside PostToConnection of the SDK with default settings',
  async run() {
    const posts = makePosts()
    const bytes = posts.reduce((sum, { text }) => sum + text.length, 0)
    await using server = await startServer()
    const sendAll = (send: Send) => ({
      units: posts.length,
      work: () => eachOf(posts, POSTS_IN_FLIGHT, async post => void (await send(post))),
    })
    const rates = await ratesOf({
      own: sendAll(ownWay(server.port)),
      sdk: sendAll(sdkWay(server.port)),
      bare: sendAll(bareWay(server.port)),
    })
    const row = (name: string, rate: number): string[] => [name, figure(rate), times(rate / rates.sdk)]
    return {
      table: [
        ['', 'posts a CPU second', ''],
        row('posts/posts.ts', rates.own),
        row('PostToConnection of the SDK with default settings, the baseline', rates.sdk),
        row('a bare request, not signed: the ceiling', rates.bare),
      ],
      notes: [
        `${figure(posts.length)} connections of ${ISSUES_PER_CONNECTION} issues, ${figure(bytes / posts.length)} bytes a post, ` +
          `${POSTS_IN_FLIGHT} in flight, plain HTTP on this machine; the CPU of the side that posts.`,
      ],
      figures: {
        postsPerCpuSecond: rates.own,
        baselinePostsPerCpuSecond: rates.sdk,
        ratio: rates.own / rates.sdk,
        barePostsPerCpuSecond: rates.bare,
        bareRatio: rates.bare / rates.sdk,
      },
    }
  },
}

/** Returns one post a connection with the updates of one second, as differences to the boards before it. */
function makePosts(): Post[] {
  const ticks = [...playOpening(INPUT)].map(tickOf)
  const conflater = createConflater()
  takeAll(
    conflater,
    1,
    ticks.filter(({ time }) => time < SETTLED),
  )
  conflater.finish()
  takeAll(
    conflater,
    2,
    ticks.filter(({ time }) => time >= SETTLED),
  )
  const texts = conflater.finish().map(changeText)
  const sizes = texts.map(text => Buffer.byteLength(text))
  const random = createRandom(SEED)
  return Array.from({ length: CONNECTIONS }, () => {
    const indices = new Set<number>()
    while (indices.size < ISSUES_PER_CONNECTION) indices.add(below(random, texts.length))
    const [text] = joinUpdates(texts, sizes, [...indices])
    // The id has the form of API Gateway's ids.
    const id = Buffer.from(Array.from({ length: 11 }, () => below(random, 256))).toString('base64')
    return { connection: id, text: text! }
  })
}

function takeAll(conflater: Conflater, counter: number, ticks: readonly Tick[]): void {
  for (let line = 1; line <= LINES; line++) {
    const header = {
      line,
      lane: 0,
      epoch: asEpochMillis(1),
      counter,
      tradingDate: TRADING_DATE,
      position: 0,
      reached: 0,
    }
    conflater.take({ kind: 'ticks', ...header, ticks: ticks.filter(tick => tick.line === line) })
  }
}

async function startServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const child = fork(new URL('post-server.ts', import.meta.url))
  const [port] = (await once(child, 'message')) as [number]
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** Requests are signed as on AWS. The server here does not check signatures. */
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
const region = 'ap-northeast-1'

function ownWay(port: number): Send {
  // A function reads region and credentials from its environment.
  process.env.AWS_REGION = region
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey
  const { post } = createPosts(`ws://127.0.0.1:${port}/live`)
  return async ({ connection, text }) => {
    const result = await post(connection, text)
    if (result !== 'sent') throw new Error(`post: expected result "sent", got "${result}"`)
  }
}

function sdkWay(port: number): Send {
  const endpoint = `http://127.0.0.1:${port}/live`
  const client = new ApiGatewayManagementApiClient({ endpoint, region, credentials })
  return ({ connection, text }) =>
    client.send(new PostToConnectionCommand({ ConnectionId: connection, Data: Buffer.from(text) }))
}

function bareWay(port: number): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: POSTS_IN_FLIGHT })
  return ({ connection, text }) =>
    new Promise((resolve, reject) => {
      const data = Buffer.from(text)
      const path = `/live/@connections/${encodeURIComponent(connection)}`
      const headers = { 'content-type': 'application/octet-stream', 'content-length': data.length }
      request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, response => {
        response.resume().on('end', resolve).on('error', reject)
      })
        .on('error', reject)
        .end(data)
    })
}
