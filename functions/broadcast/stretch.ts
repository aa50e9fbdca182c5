/** How much longer all paces are at present. Apps and a metric get a steady number, not that of each round. */
import type { EpochMillis, Millis } from '../../market/units.ts'

/** The factor falls by half in this time (ms) after the last round that was short of posts. */
const HALF_LIFE_MS: Millis = 2_000
/** Apps get the factor in steps of a tenth. Below 1.1 it is 1. */
const STEPS = 10

export interface Stretch {
  /** Notes the factor of a round. Returns the present factor, in tenths. */
  note(factor: number, now: EpochMillis): number
}

export function createStretch(): Stretch {
  let above = 0
  let notedAt: EpochMillis | undefined
  return {
    note(factor, now) {
      const passed = Math.max(0, now - (notedAt ?? now))
      above = Math.max(factor - 1, above * 0.5 ** (passed / HALF_LIFE_MS))
      notedAt = now
      return 1 + Math.floor(above * STEPS) / STEPS
    },
  }
}
