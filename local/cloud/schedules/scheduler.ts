/** Runs the schedules of EventBridge Scheduler by the market clock. */
import { pause } from '../pause.ts'
import { type DeliveryPorts, deliverEvent } from './event-delivery.ts'
import type { LocalSchedule } from './schedule.ts'

const MINUTE_MICROSECONDS = 60_000_000
/** If the clock jumps ahead by more minutes than this, the skipped minutes fire nothing. */
const LONGEST_CATCH_UP_MINUTES = 60
/** Events that may wait for another attempt. Further events are dropped, so that memory stays bounded. */
const WAITING_EVENTS = 1_000

/** Runs the schedules until they are closed. */
export function startSchedules(
  schedules: readonly LocalSchedule[],
  ports: Omit<DeliveryPorts, 'signal'>,
): { close(): Promise<void> } {
  const { clock, log } = ports
  const closing = new AbortController()
  const waiting = new Set<Promise<void>>()
  const fire = (minute: number): void => {
    for (const schedule of schedules) {
      if (schedule.settings.State === 'DISABLED' || !schedule.fires(minute)) continue
      if (waiting.size >= WAITING_EVENTS) {
        log(`${schedule.logicalId}: an event is dropped, because ${WAITING_EVENTS} wait already`)
        continue
      }
      const at = minute * MINUTE_MICROSECONDS
      const delivery = deliverEvent(schedule, at, { ...ports, signal: closing.signal }).finally(() =>
        waiting.delete(delivery),
      )
      waiting.add(delivery)
    }
  }
  const run = async (): Promise<void> => {
    let next = Math.floor(clock.now() / MINUTE_MICROSECONDS) + 1
    while (!closing.signal.aborted) {
      await pause(clock.realMillisecondsUntil(next * MINUTE_MICROSECONDS), closing.signal)
      const now = Math.floor(clock.now() / MINUTE_MICROSECONDS)
      if (now - next > LONGEST_CATCH_UP_MINUTES) next = now
      for (; next <= now && !closing.signal.aborted; next++) fire(next)
    }
  }
  const running = run()
  return {
    async close() {
      closing.abort()
      await Promise.all([running, ...waiting])
    },
  }
}
