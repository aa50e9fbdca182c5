/** Checks what EventBridge Scheduler allows in each field of a cron expression, and the cron package does not refuse. */

interface FieldRule {
  readonly name: string
  /** The characters of the field. */
  readonly allowed: RegExp
  readonly numbers: readonly [from: number, to: number]
}

/** EventBridge User Guide, "Cron expressions reference". */
const RULES: readonly FieldRule[] = [
  { name: 'minutes', allowed: /^[\d,*/-]+$/, numbers: [0, 59] },
  { name: 'hours', allowed: /^[\d,*/-]+$/, numbers: [0, 23] },
  { name: 'day-of-month', allowed: /^[\d,*/?LW-]+$/, numbers: [1, 31] },
  { name: 'month', allowed: /^[\dA-Z,*/-]+$/i, numbers: [1, 12] },
  { name: 'day-of-week', allowed: /^[\dA-Z,*?#-]+$/i, numbers: [1, 7] },
  { name: 'year', allowed: /^[\d,*/-]+$/, numbers: [1970, 2199] },
]

/** A number that is not a step and not the week of a month. */
const VALUES = /(?<![/#\d])\d+/g

/**
 * Checks the six fields.
 * @throws RangeError naming the field, what was expected and what came.
 */
export function checkCronFields(fields: readonly string[]): void {
  for (const [index, { name, allowed, numbers }] of RULES.entries()) {
    const field = fields[index] ?? ''
    if (!allowed.test(field)) throw new RangeError(`${name}: expected ${allowed}, got "${field}"`)
    const [from, to] = numbers
    for (const [text] of field.matchAll(VALUES)) {
      if (Number(text) < from || Number(text) > to) {
        throw new RangeError(`${name}: expected numbers from ${from} to ${to}, got "${field}"`)
      }
    }
  }
  // Without this rule cron would fire when either field matches.
  if ((fields[2] === '?') === (fields[4] === '?')) {
    throw new RangeError(
      `expected "?" as day-of-month or as day-of-week, got "${fields[2]}" and "${fields[4]}"`,
    )
  }
}
