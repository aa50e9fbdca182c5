/** A drill of `npm run drills`. */
export interface Drill {
  readonly name: string
  readonly about: string
  /** What it has many of: the option that says how many. */
  readonly unit: 'schedules' | 'cases' | 'reads'
  /**
   * Runs long, telling how it goes.
   * @param count how many units, in place of its own measure.
   * @returns the seeds of what did not hold.
   */
  run(count: number | undefined): Promise<readonly number[]>
  /** Runs what this seed stands for, and nothing else. */
  runSeed(seed: number): Promise<readonly number[]>
}

export function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}
