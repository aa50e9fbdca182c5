/** The status line of a run, shown once a second. */
import type { LineTasksJson } from '../client/page/system-state.ts'
import { LINE_NUMBERS, LINES } from '../market/lane.ts'
import type { LineState, Phase } from '../market/market-event.ts'
import { isoDate } from '../market/moment.ts'
import type { TradingDate } from '../market/units.ts'
import type { Latency } from './probe.ts'

/** Japanese names of the phases, as the exchange uses them. */
const PHASE_NAMES: Readonly<Record<Phase, string>> = {
  closed: '閉場',
  'warm-up': '準備',
  'order-acceptance': '注文受付',
  morning: '前場',
  lunch: '昼休み',
  afternoon: '後場',
  closing: '引け',
  'wind-down': '終了処理',
}

type Tasks = Pick<LineTasksJson, 'running' | 'desired' | 'publishes' | 'standby'>

export interface Status {
  /** HH:MM:SS in Tokyo. */
  readonly time: string
  readonly phase: Phase
  readonly speed: number
  /** Ticks in the last second. */
  readonly ticks: number
  /** The last reported state of each line that has reported, by its number. */
  readonly lineStates: ReadonlyMap<number, LineState>
  /** Line 1 first. */
  readonly tasks: readonly Tasks[]
  /** Connections without the one that measures latency. */
  readonly apps: number
  /** Posts to connections in the last second. */
  readonly posts: number
  /** Requests, posts and invocations that the quotas of the account refused in the last second. */
  readonly refused: number
  /** API Gateway requests a second of a smaller account. Absent for the default account. */
  readonly requests?: number
  readonly latency: Latency
  /** Trading date of the archive that is played back, YYYYMMDD. Absent for a synthetic market. */
  readonly replayed?: TradingDate
}

/** Formats the status as one line. Numbers are padded, so that no part of the line moves. */
export function formatStatus(status: Status): string {
  const { latency } = status
  const speed = status.speed === 1 ? '' : ` ×${status.speed}`
  const replay = status.replayed === undefined ? '' : `replay of ${isoDate(status.replayed)} `
  const milliseconds = (value: number | undefined): string =>
    (value === undefined ? '–' : value.toFixed(0)).padStart(3)
  return [
    `${replay}${status.time} ${PHASE_NAMES[status.phase]} ${status.phase}${speed}`,
    `${status.ticks.toString().padStart(5)} ticks/s`,
    linesText(status),
    tasksText(status.tasks),
    `connections ${status.apps} + probe`,
    `${status.posts.toString().padStart(3)} posts/s${quotaText(status)}`,
    `tick to client p50 ${milliseconds(latency.p50)} ms, p99 ${milliseconds(latency.p99)} ms`,
  ].join(' │ ')
}

/** Returns the quota of a smaller account, and what quotas refused: ` of 100 requests/s, 12 refused/s`. */
function quotaText({ requests, refused }: Status): string {
  const quota = requests === undefined ? '' : ` of ${requests} requests/s`
  return refused === 0 ? quota : `${quota}, ${refused} refused/s`
}

/**
 * Returns how many lines are up, and why the others are not: `lines 1/3 up (2 recovering, 3 not reported)`. Lines without
 * tasks are asleep.
 */
function linesText({ lineStates: states, tasks }: Status): string {
  if (tasks.every(({ running, desired }) => running + desired === 0)) return 'lines asleep'
  const down = LINE_NUMBERS.filter(line => states.get(line) !== 'live')
  const reasons = down.map(line => `${line} ${states.get(line) ?? 'not reported'}`)
  const why = down.length === 0 ? '' : ` (${reasons.join(', ')})`
  return `lines ${LINES - down.length}/${LINES} up${why}`
}

/**
 * Returns the running tasks of each line, and what is missing: `tasks 1+2+2 of 2+2+2 (1 no standby)`. A line that should have
 * two tasks has a standby.
 */
function tasksText(tasks: readonly Tasks[]): string {
  const running = tasks.map(task => task.running).join('+')
  const desired = tasks.map(task => task.desired).join('+')
  const missing = tasks.flatMap(({ desired, publishes, standby }, index) => {
    if (desired === 0) return []
    if (!publishes) return [`${index + 1} none publishes`]
    return desired > 1 && !standby ? [`${index + 1} no standby`] : []
  })
  const count = running === desired ? running : `${running} of ${desired}`
  return missing.length === 0 ? `tasks ${count}` : `tasks ${count} (${missing.join(', ')})`
}
