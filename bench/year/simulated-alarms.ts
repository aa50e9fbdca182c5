/** The alarms of trading in a simulated account. An action happens when an alarm changes its state while its actions are on. */

interface Alarm {
  isEnabled: boolean
  state: string
  /** Whether anybody was notified of the alarm that is on now. */
  isNotified: boolean
}

export class SimulatedAlarms {
  readonly #alarms: ReadonlyMap<string, Alarm>

  constructor(names: readonly string[]) {
    this.#alarms = new Map(names.map(name => [name, { isEnabled: true, state: 'OK', isNotified: false }]))
  }

  /** Returns how many alarms notify. */
  get enabled(): number {
    return [...this.#alarms.values()].filter(({ isEnabled }) => isEnabled).length
  }

  get areAllEnabled(): boolean {
    return this.enabled === this.#alarms.size
  }

  /** Returns an alarm that is on and should notify, and of which nobody was notified. */
  get unnotified(): string | undefined {
    const found = [...this.#alarms].find(
      ([, { isEnabled, state, isNotified }]) => isEnabled && state === 'ALARM' && !isNotified,
    )
    return found?.[0]
  }

  describe(): object {
    const MetricAlarms = [...this.#alarms].map(([AlarmName, { isEnabled, state }]) => ({
      AlarmName,
      ActionsEnabled: isEnabled,
      StateValue: state,
    }))
    return { MetricAlarms }
  }

  enable(names: readonly string[], isEnabled: boolean): object {
    for (const alarm of this.#chosen(names)) alarm.isEnabled = isEnabled
    return {}
  }

  setState(name: string, state: string): object {
    for (const alarm of this.#chosen([name])) alarm.state = state
    return {}
  }

  /** Evaluates all alarms, as CloudWatch does each minute. @param firing the alarms that have a cause. */
  evaluate(firing: ReadonlySet<string>): void {
    for (const [name, alarm] of this.#alarms) {
      const state = firing.has(name) ? 'ALARM' : 'OK'
      if (state !== alarm.state) alarm.isNotified = alarm.isEnabled && state === 'ALARM'
      alarm.state = state
    }
  }

  #chosen(names: readonly string[]): Alarm[] {
    return names.flatMap(name => this.#alarms.get(name) ?? [])
  }
}
