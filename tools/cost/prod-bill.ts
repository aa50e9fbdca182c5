/** What the stage prod costs in addition to the bill of every stage: its network, its edge, its keys, and what it keeps for longer. */
import { type Bill, billOf, GB, line } from './bill-lines.ts'
import type { Month } from './month.ts'
import { logBytesOf, workOf } from './month-work.ts'
import * as sizes from './sizes.ts'
import type { Traffic, Usage } from './traffic.ts'

/** The logs of a year are kept (cdk/stages/prod.ts), so each month pays for twelve months of them. */
const KEPT_LOG_MONTHS = 12

/** Returns the bill of what only the stage prod has. Requests of readers and attackers at its edge are not in it. */
export function prodBill(usage: Usage, traffic: Traffic, month: Month): Bill {
  const work = workOf(usage, traffic, month)
  const endpoints = sizes.ENDPOINTS * sizes.ZONES
  return billOf([
    line(
      'Network',
      `${sizes.ENDPOINTS} interface endpoints in ${sizes.ZONES} zones`,
      endpoints * month.hours,
      'endpointHour',
    ),
    line('Network', 'bytes through the endpoints', work.envelopeBytes / GB, 'endpointByte'),
    line('Kinesis', 'records kept for seven days', month.shardHours, 'longRetention'),
    line('Edge', 'list of the firewall', 1, 'firewall'),
    line('Edge', 'rules of the firewall', sizes.FIREWALL_RULES, 'firewallRule'),
    line('Edge', 'secret header', sizes.SECRETS, 'secret'),
    line('Keys', 'keys of the stack', sizes.KEYS, 'key'),
    line(
      'CloudWatch',
      `logs kept for ${KEPT_LOG_MONTHS} months`,
      (KEPT_LOG_MONTHS * logBytesOf(work)) / GB,
      'keptLogs',
    ),
    line('CloudWatch', 'more alarms', sizes.PROD_ALARM_METRICS - sizes.ALARM_METRICS, 'alarm'),
    line('CloudWatch', 'traces of connects and schedules', work.connects + work.calls, 'trace'),
  ])
}
