/** Checks properties of the stack, and counts what they found. */
import type { CloudProperty, StageSyntheses } from './cloud-property.ts'
import { undelivered, undeliveredEvents } from './properties/alarm-delivery.ts'
import { statementsWithStar } from './properties/policies.ts'
import { isValidator } from './properties/rule-sets.ts'

export interface Outcome {
  readonly property: CloudProperty
  /** What breaks the property. Empty: it holds. */
  readonly findings: readonly string[]
}

export interface CloudFigures {
  readonly properties: number
  readonly failed: number
  /** Statements with a star that is not needed, in all stages. */
  readonly statementsWithStar: number
  readonly nagErrors: number
  readonly validatorErrors: number
  /** Alarms and rules of events that do not reach their topics, in all stages. */
  readonly alarmsUndelivered: number
}

export async function checkProperties(
  properties: readonly CloudProperty[],
  stages: StageSyntheses,
): Promise<Outcome[]> {
  return Promise.all(properties.map(async property => ({ property, findings: await property.find(stages) })))
}

export function figuresOf(outcomes: readonly Outcome[], stages: StageSyntheses): CloudFigures {
  const all = Object.values(stages)
  const violations = all.flatMap(stage => stage.violations)
  return {
    properties: outcomes.length,
    failed: outcomes.filter(({ findings }) => findings.length > 0).length,
    statementsWithStar: all.flatMap(({ resources }) => statementsWithStar(resources)).length,
    nagErrors: violations.filter(violation => !isValidator(violation)).length,
    validatorErrors: violations.filter(isValidator).length,
    alarmsUndelivered: all.flatMap(({ resources }) => [
      ...undelivered(resources),
      ...undeliveredEvents(resources),
    ]).length,
  }
}
