/** What a run of a drill found. */
export interface DrillResult {
  /** Seeds of the failed units. */
  readonly failed: readonly number[]
  /** Figures for `--json`. */
  readonly figures: Readonly<Record<string, number>>
}

/** A drill of `npm run drills`. */
export interface Drill {
  readonly name: string
  readonly about: string
  /** Unit of the drill, and name of the option for its count. */
  readonly unit: 'schedules' | 'cases' | 'reads' | 'seeds' | 'rights'
  /**
   * Runs the drill and prints its progress.
   * @param count number of units; undefined: the default of the drill.
   */
  run(count: number | undefined): Promise<DrillResult>
  /** Runs the unit of this seed only. */
  runSeed(seed: number): Promise<DrillResult>
}

export function report(text: string): void {
  process.stdout.write(`${text}\n`)
}
