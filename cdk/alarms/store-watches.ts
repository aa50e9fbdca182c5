/** What the alarms of tables and of the queue of lost events watch. */
import { Duration } from 'aws-cdk-lib'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { Tables } from '../data/dynamo-tables.ts'
import type { LostEvents } from '../data/lost-events.ts'
import { sumOfMetrics } from './function-watches.ts'
import { serviceMetric } from './service-metric.ts'
import type { Watch, Watches } from './watch.ts'

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

/**
 * Watches the throttles of all tables: an alarm for writes and an alarm for reads. DynamoDB writes these metrics by the table alone
 * (DynamoDB developer guide, "DynamoDB metrics and dimensions"), and only when it throttles.
 */
export function tableWatches(tables: Tables): Watches {
  const { ticks, boards, connections, control, users } = tables
  const throttled = (name: string, what: string): Watch => ({
    severity: 'notice',
    metric: sumOfMetrics(
      [ticks, boards, connections, control, users].map(table =>
        table.metric(name, { statistic: Stats.SUM, period: MINUTE }),
      ),
      MINUTE,
    ),
    above: 0,
    periods: 3,
    description: `For three minutes, DynamoDB throttled ${what} a table: Ticks, Boards, Connections, Control or Users.`,
    runbook: 'a-table-is-throttled',
  })
  return {
    WritesThrottled: throttled('WriteThrottleEvents', 'writes to'),
    ReadsThrottled: throttled('ReadThrottleEvents', 'reads of'),
  }
}

/** Watches whether the boards table is behind. */
export function boardsWatches(): Watches {
  return {
    BoardsDue: {
      severity: 'page',
      // A round in which the table has taken all boards whose turn has come proves that it takes them.
      metric: serviceMetric('broadcast', 'BoardsDue', { statistic: Stats.MINIMUM, period: MINUTE }),
      above: 0,
      periods: 3,
      trading: true,
      description: 'The boards table does not take the boards of broadcast. Boards over REST are old.',
    },
  }
}

export function lostEventsWatches({ queue }: LostEvents): Watches {
  return {
    EventsLost: {
      severity: 'notice',
      metric: queue.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: 1,
      description: 'A scheduled run was lost. The queue of lost events has the reason.',
    },
  }
}
