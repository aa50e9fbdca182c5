/** Real times for people in Tokyo. */
import { momentToIso } from '../../market/moment.ts'
import { type EpochMillis, toEpochMicros } from '../../market/units.ts'

/** Returns a time as ISO 8601 in whole seconds: `2026-11-20T09:00:00+09:00`. */
export function tokyoIso(at: EpochMillis): string {
  return `${momentToIso(toEpochMicros(at)).slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}+09:00`
}

/** Returns a time as `2026-11-20 09:00:00`. */
export function tokyoTime(at: EpochMillis): string {
  return tokyoIso(at).slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).replace('T', ' ')
}
