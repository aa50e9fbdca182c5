/** Gives alarms their states: every minute by the clock of the cloud. */
import type { CloudClock } from '../cloud-clock.ts'
import { pause } from '../pause.ts'
import type { AlarmRule } from './alarm-rule.ts'
import type { LocalAlarm } from './alarms.ts'
import { type Metrics, MINUTE_MICROSECONDS } from './metrics.ts'

export interface AlarmWatchPorts {
  readonly metrics: Metrics
  readonly clock: CloudClock
  /** Receives a line for each change of a state. */
  readonly log: (text: string) => void
}

/** Evaluates the alarms that have a rule, until it is closed. The others keep the state that was set last. */
export function watchAlarms(
  alarms: readonly LocalAlarm[],
  { metrics, clock, log }: AlarmWatchPorts,
): { close(): Promise<void> } {
  const closing = new AbortController()
  const watched = alarms.filter(hasRule)
  const evaluate = (now: number): void => {
    for (const alarm of watched) {
      const value = alarm.rule(metrics, now)
      if (value === undefined || value === alarm.state.value) continue
      log(`alarm ${alarm.name}: ${alarm.state.value} → ${value}`)
      alarm.state = { value, reason: 'Evaluated from the metrics in the output of the programs' }
    }
  }
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const next = (Math.floor(clock.now() / MINUTE_MICROSECONDS) + 1) * MINUTE_MICROSECONDS
      await pause(clock.realMillisecondsUntil(next), closing.signal)
      if (!closing.signal.aborted && clock.now() >= next) evaluate(clock.now())
    }
  }
  const running = run()
  return {
    async close() {
      closing.abort()
      await running
    },
  }
}

function hasRule(alarm: LocalAlarm): alarm is LocalAlarm & { readonly rule: AlarmRule } {
  return alarm.rule !== undefined
}
