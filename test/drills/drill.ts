/** A drill of `npm run drills`. */
export interface Drill {
  readonly name: string
  readonly about: string
  /** Unit of the drill, and name of the option for its count. */
  readonly unit: 'schedules' | 'cases' | 'reads'
  /**
   * Runs the drill and prints its progress.
   * @param count number of units; undefined: the default of the drill.
   * @returns the seeds of the failed units.
   */
  run(count: number | undefined): Promise<readonly number[]>
  /** Runs the unit of this seed only. Returns the seed if it failed. */
  runSeed(seed: number): Promise<readonly number[]>
}

export function report(text: string): void {
  process.stdout.write(`${text}\n`)
}
