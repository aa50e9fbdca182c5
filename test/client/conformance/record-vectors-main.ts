/**
 * Records the vectors of real sessions: `node test/client/conformance/record-vectors-main.ts [NAME…]`. A client connects to the
 * local system through a proxy. The events of each vector are checked against what the exchange sent, not against the
 * client. The market comes from a seed, but real time decides which messages arrive, so each run writes other sessions.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, DEFAULT_TIMING, type Itastream, type Timing } from '../../../client/itastream.ts'
import { syntheticMarket } from '../../../local/local-market.ts'
import { startSystem } from '../../../local/system.ts'
import { momentOf } from '../../../market/moment.ts'
import type { RequestedView } from '../../../market/protocol.ts'
import { asTradingDate } from '../../../market/units.ts'
import { tellTruth } from '../../system/system-truth.ts'
import { until } from '../../until.ts'
import { RecordingProxy } from './recording-proxy.ts'
import { assertTrueEvents } from './true-events.ts'
import { FOLDER, type Vector, type VectorStep } from './vector.ts'
import { playVector } from './vector-player.ts'

const SEED = 12
/** No request is sent twice, also on a busy machine. */
const TIMING: Timing = { ...DEFAULT_TIMING, connectTimeout: 60_000, answerTimeout: 60_000 }
/** How long the connection is lost in the session reconnect, ms. */
const OUTAGE_MS = 4_000
/** Longest wait for the messages of an act, ms. */
const LIMIT_MS = 120_000
/** The pace of the sessions, ms: a message has the updates of half a second. */
const PACE_MS = 500

interface Session {
  readonly client: Itastream
  readonly proxy: RecordingProxy
  /** Issues of the market, the busiest first. */
  readonly issues: readonly string[]
  subscribe(issue: string, view?: RequestedView, trades?: boolean): void
  unsubscribe(issue: string): void
  /** Waits for so many messages. */
  receive(count: number): Promise<void>
}

interface Recording {
  readonly title: string
  readonly description: string
  readonly compressed: boolean
  /** Connections of the session. Default: 1. */
  readonly connections?: number
  act(session: Session): Promise<void>
}

const RECORDINGS: Readonly<Record<string, Recording>> = {
  boards: {
    title: 'whole boards and differences',
    description: 'Three issues in the view board. Messages are JSON.',
    compressed: false,
    async act({ subscribe, issues, receive }) {
      for (const issue of issues.slice(0, 3)) subscribe(issue)
      await receive(16)
    },
  },
  'boards-deflate-1': {
    title: 'compressed messages',
    description: 'The same with the encoding deflate-1. Answers to requests are JSON.',
    compressed: true,
    async act({ subscribe, issues, receive }) {
      for (const issue of issues.slice(0, 3)) subscribe(issue)
      await receive(16)
    },
  },
  quotes: {
    title: 'the view quote, without and with trades',
    description: 'Four issues without trades, two with trades. Differences are rows.',
    compressed: false,
    async act({ subscribe, issues, receive }) {
      for (const issue of issues.slice(0, 4)) subscribe(issue, 'quote')
      for (const issue of issues.slice(4, 6)) subscribe(issue, 'quote', true)
      await receive(20)
    },
  },
  'change-of-view': {
    title: 'an issue moves to another view and back, and another issue leaves',
    description: 'The board of the old view stays until a whole board of the new view comes.',
    compressed: false,
    async act({ subscribe, unsubscribe, issues, receive }) {
      const [first, second] = issues as [string, string]
      subscribe(first, 'quote')
      subscribe(second, 'quote')
      await receive(5)
      subscribe(first)
      await receive(5)
      unsubscribe(second)
      await receive(4)
      subscribe(first, 'quote')
      await receive(5)
    },
  },
  gap: {
    title: 'a message is lost',
    description: 'A difference does not follow the board. The client requests a snapshot, once.',
    compressed: false,
    async act({ subscribe, issues, receive, proxy }) {
      for (const issue of issues.slice(0, 2)) subscribe(issue)
      await receive(6)
      proxy.toLose = 1
      await receive(10)
    },
  },
  reconnect: {
    title: 'the connection is lost for some seconds',
    description:
      'The client asks for the trades that it has missed with since, and gets them in missed. The first boards have no trades, because older trades are still missing.',
    compressed: false,
    connections: 2,
    async act({ subscribe, issues, receive, proxy }) {
      subscribe(issues[0]!)
      subscribe(issues[1]!, 'quote', true)
      await receive(8)
      proxy.isRefusing = true
      proxy.cut()
      await sleep(OUTAGE_MS)
      proxy.isRefusing = false
      await receive(10)
    },
  },
}

async function main(): Promise<void> {
  const system = await startSystem({
    market: syntheticMarket({
      issues: 12,
      rate: 40,
      seed: SEED,
      speed: 1,
      tradingDate: asTradingDate(20261120),
      live: 9.5 * 3_600_000_000,
    }),
    ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
    progress: () => {},
    log: () => {},
  })
  try {
    await sleep(system.time.liveAt - Date.now() + 1_000)
    const issues = system.issues.map(({ code }) => code)
    const names = process.argv.slice(2)
    for (const [name, recording] of Object.entries(RECORDINGS)) {
      if (names.length > 0 && !names.includes(name)) continue
      let raw: VectorStep[]
      // On a busy machine the gateway may refuse a connection. The session is then another one, so it is recorded again.
      do raw = await record(recording, system.cloud.websocketUrl, () => system.issuer.token(), issues)
      while (raw.filter(step => 'connect' in step).length !== (recording.connections ?? 1))
      const { title, description, compressed } = recording
      const steps = await playVector({ title, description, compressed, steps: raw })
      const truth = tellTruth(
        system.source.exchange,
        system.clock.now() - momentOf(system.time.tradingDate, 0),
      )
      assertTrueEvents(truth, steps)
      assert.equal(steps.length, raw.length, 'the client sent more requests than in the session')
      write(name, { title, description, compressed, steps })
    }
  } finally {
    await system.close()
  }
}

/** Returns the steps of a session, without events. */
async function record(
  { compressed, act }: Recording,
  url: string,
  token: () => Promise<string>,
  issues: readonly string[],
): Promise<VectorStep[]> {
  const proxy = await RecordingProxy.start(url)
  const client = connect({ url: proxy.url, token, pace: PACE_MS, compression: compressed, timing: TIMING })
  const { steps } = proxy
  const stops = new Map<string, () => void>()
  const received = (): number => steps.filter(step => 'receive' in step).length
  try {
    await until(() => client.state === 'connected', 'a connection')
    await act({
      client,
      proxy,
      issues,
      subscribe(issue, view = 'board', trades = view === 'board') {
        steps.push({ subscribe: issue, view, trades })
        const before = stops.get(issue)
        stops.set(
          issue,
          client.subscribe(issue, () => {}, view === 'board' ? { view } : { view, trades }),
        )
        before?.()
      },
      unsubscribe(issue) {
        steps.push({ unsubscribe: issue })
        stops.get(issue)?.()
      },
      async receive(count) {
        const enough = received() + count
        await until(() => received() >= enough, `${count} messages`, { limitMs: LIMIT_MS })
      },
    })
    return steps.slice()
  } finally {
    client.close()
    proxy.close()
  }
}

/** Writes one step a line. */
function write(name: string, { steps, ...head }: Vector): void {
  const lines = steps.map(step => JSON.stringify(step)).join(',\n')
  const start = JSON.stringify({ ...head, steps: [] }).slice(0, -']}'.length)
  writeFileSync(join(FOLDER, `${name}.json`), `${start}\n${lines}\n]}\n`)
}

await main()
