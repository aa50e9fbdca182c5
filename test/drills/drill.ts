/** A drill of `npm run drills`. */
export interface Drill {
  readonly name: string
  readonly about: string
  /**
   * Runs long, telling how it goes; with a seed, only what that stands for.
   * @returns the seeds of what did not hold.
   */
  run(seed: number | undefined): Promise<readonly number[]>
}

export function tell(text: string): void {
  process.stdout.write(`${text}\n`)
}
