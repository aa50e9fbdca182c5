/** A scenario of the drill `faults`: one fault, and what must hold against the known truth. */

/** Counts of what must not happen, and what the scenario measured. */
export interface Outcome {
  /** Values that differ from the truth, are out of order or are too early. */
  readonly wrong: number
  /** Values that are missing although nothing marks them as lost. */
  readonly lost: number
  /** Readers or connections that waited longer than their bound. */
  readonly starved: number
  /** What was measured, in a few words: "posts 4 ms later, all boards right after 1.2 s". */
  readonly measured: string
}

export interface Scenario {
  /** Unique name in kebab-case: "boards-table-silent". */
  readonly name: string
  /** The fault in a few words: "the boards table does not answer for 10 s". */
  readonly fault: string
  /**
   * Injects the fault into the real code and compares the result with the truth. Takes some seconds at most.
   * @param seed selects market, moments and strength of the fault.
   * @throws Error if the fault did not strike, or if the scenario cannot run.
   */
  run(seed: number): Promise<Outcome>
}
