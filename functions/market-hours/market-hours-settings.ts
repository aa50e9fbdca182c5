/** Settings of market-hours: the plan, and the names of everything that it reads and changes. */
import * as v from 'valibot'
import { marketPlan, READER_FUNCTIONS, RESERVED_FUNCTIONS } from '../../contract/market-plan.ts'
import { requiredText } from '../../contract/settings.ts'

/** Names as JSON: an object with exactly these members. */
const namesOf = <const Names extends readonly string[]>(names: Names) =>
  v.pipe(requiredText, v.parseJson(), v.strictObject(v.entriesFromList(names, requiredText)))

export const MARKET_HOURS_SETTINGS = {
  CLUSTER: requiredText,
  /** Names of the services of the ingest tasks, line 1 first, separated by commas. */
  SERVICES: v.pipe(
    requiredText,
    v.transform(text => text.split(',').map(service => service.trim())),
  ),
  STREAM_NAME: requiredText,
  /** Names of functions. */
  FUNCTIONS: namesOf(RESERVED_FUNCTIONS),
  /** Ids of the event source mappings. */
  MAPPINGS: namesOf(READER_FUNCTIONS),
  TICKS_TABLE: requiredText,
  BOARDS_TABLE: requiredText,
  CONNECTIONS_TABLE: requiredText,
  CONTROL_TABLE: requiredText,
  ARCHIVE_BUCKET: requiredText,
  /** Name of the schedule of the canary. */
  CANARY_SCHEDULE: requiredText,
  /** The names of the alarms of trading begin with it. */
  ALARM_PREFIX: requiredText,
  PLAN: marketPlan,
}
