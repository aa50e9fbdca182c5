/** One app of the drill: the client library behind links of its own, and the schedule of its faults. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, DEFAULT_TIMING, type Itastream } from '../../../client/itastream.ts'
import type { Millis } from '../../../market/units.ts'
import { type Link, openLink } from '../standby/link.ts'
import { Recorder } from './app-record.ts'
import type { FleetPlan } from './fleet-commands.ts'
import type { Act, AppSchedule } from './reconnect-schedule.ts'

/** Answers of this machine come fast: an app of the drill must not wait for the times of a phone network. */
const TIMING = {
  ...DEFAULT_TIMING,
  backoff: { base: 200, cap: 5_000 },
  connectTimeout: 5_000,
  pingInterval: 10_000,
  pongTimeout: 5_000,
}

const START_LIMIT_MS = 30_000
const START_LOOK_MS = 100

export interface DrillApp {
  readonly recorder: Recorder
  /** The issue of the app's bars. */
  readonly barsOf: string
  /** Plays the schedule. Resolves when it is over and the network works. */
  play(): Promise<void>
  close(): Promise<void>
}

export interface DrillAppOptions {
  /** `sub` of its tokens. */
  readonly user: string
  readonly schedule: AppSchedule
  readonly plan: FleetPlan
  readonly boards: Map<string, number>
}

export async function openApp({ user, schedule, plan, boards }: DrillAppOptions): Promise<DrillApp> {
  const issues = schedule.issues.map(index => plan.issues[index]!)
  const recorder = new Recorder(issues, boards)
  const links = await Promise.all([plan.websocketUrl, plan.historyUrl].map(url => openLink(portOf(url))))
  const [live, rest] = links as [Link, Link]
  let isIssuerAway = false
  const token = async (): Promise<string> => {
    if (isIssuerAway) throw new Error('the issuer does not answer')
    const url = `${plan.tokenUrl}?user=${user}&seconds=${schedule.tokenLife}`
    return (await fetch(url, { method: 'POST' })).text()
  }
  const client: Itastream = connect({
    url: through(live, plan.websocketUrl),
    history: through(rest, plan.historyUrl),
    token,
    pace: schedule.pace,
    timing: {
      ...TIMING,
      handOver: schedule.handOver,
      renewal: { from: schedule.tokenLife * 500, to: schedule.tokenLife * 250, shortest: 1_000 },
    },
  })
  client.on('state', ({ state }) => {
    if (state === 'connected') recorder.connections++
  })
  client.on('board', event => recorder.noteBoard(event))
  const view = schedule.view === 'board' ? {} : ({ view: 'quote', trades: true } as const)
  for (const issue of issues) client.subscribe(issue, () => {}, view)
  const [barsOf = ''] = issues
  client.bars(barsOf, '1m', event => recorder.noteBar(event))

  async function act(what: Act): Promise<void> {
    switch (what.kind) {
      case 'cut':
        for (const link of links) link.cut('refuse')
        break
      case 'hole':
        for (const link of links) link.cut(what.how)
        await sleep(what.length)
        break
      case 'no-token':
        isIssuerAway = true
        await sleep(what.length)
        isIssuerAway = false
        return
    }
    for (const link of links) link.heal()
  }

  return {
    recorder,
    barsOf,
    async play() {
      await untilStarted(recorder)
      const start = performance.now()
      const wait = (at: Millis): Promise<void> => sleep(Math.max(0, at - (performance.now() - start)))
      for (const next of schedule.acts) {
        await wait(next.at)
        await act(next)
      }
    },
    async close() {
      client.close()
      await Promise.all(links.map(link => link.close()))
    },
  }
}

/** Waits for the first updates. An issue without trades may have none for long. */
async function untilStarted(recorder: Recorder): Promise<void> {
  for (let waited = 0; waited < START_LIMIT_MS && !recorder.isStarted; waited += START_LOOK_MS) {
    await sleep(START_LOOK_MS)
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** Returns an address that goes through a link. */
function through(link: Link, url: string): string {
  const address = new URL(url)
  address.hostname = '127.0.0.1'
  address.port = String(link.port)
  return address.href
}
