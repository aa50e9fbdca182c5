/** The part of a stage that decides what is watched, and by whom. */

export const SEVERITIES = ['page', 'notice'] as const
/**
 * `page`: users lose data or prices, now or soon, or nobody would learn that they do. It wakes somebody.
 * `notice`: everything else. Somebody reads it on the same day.
 */
export type Severity = (typeof SEVERITIES)[number]

export interface AlarmsConfig {
  /** Alarms of other severities do not exist. CloudWatch charges $0.10 a month for each metric of an alarm. */
  readonly severities: readonly Severity[]
  /** Whether the stage has a dashboard. CloudWatch charges nothing for the first three of an account. */
  readonly hasDashboard: boolean
  /** Whether X-Ray traces market-hours, close-of-day and connect: $5 a million traces, the first 100,000 of a month are free. */
  readonly hasTraces: boolean
  /** Executions at the same time that Lambda allows in the account and region (Service Quotas, L-B99A9384). */
  readonly accountConcurrency: number
}
