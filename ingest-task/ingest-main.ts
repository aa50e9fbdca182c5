/** The Fargate task: one line, from its socket to the stream. */
import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { Logger } from '@aws-lambda-powertools/logger'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { INGEST_METRICS_SECONDS } from '../contract/metric-names.ts'
import { SettingsError } from '../contract/settings.ts'
import { createCalendarReader } from '../tables/control/calendar-reader.ts'
import { createDynamoDB } from '../tables/dynamodb.ts'
import { openHealthFile } from './health-file.ts'
import { type Config, readConfig } from './ingest-config.ts'
import { LeaseLoop } from './lease/lease-loop.ts'
import { createLeaseMetrics } from './lease/lease-metrics.ts'
import type { EndReason } from './lease/lease-state.ts'
import { LeasedIngest } from './leased-ingest.ts'
import { DEFAULT_TIMING, lineOpener } from './line/line-opener.ts'
import { resumeDetails, statsDetails } from './log-details.ts'
import { DEFAULT_LOGIN_TIMING, LoginGate } from './login/login-gate.ts'
import { createLoginMetrics } from './login/login-metrics.ts'
import { createIngestMetrics } from './metrics.ts'
import { PhaseClock } from './phase-clock.ts'
import { type Published, readPublished } from './publish/recover.ts'

/** A PutRecords request that takes longer is aborted and sent again, milliseconds. */
const REQUEST_TIMEOUT = 5000

function configOrExit(): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    console.error(`the environment cannot be used:\n${error.message}`)
    process.exit(1)
  }
}

const config = configOrExit()
const logger = new Logger({ serviceName: 'ingest', persistentKeys: { lineNumber: config.line } })
// A fault of this program. ECS starts the next task, which resumes from the stream as after any other end.
process.on('uncaughtException', error => {
  logger.error('task failed', error)
  process.exit(1)
})
const client = new KinesisClient({
  // The publisher retries, because it knows the order of the envelopes.
  maxAttempts: 1,
  requestHandler: new NodeHttpHandler({
    httpAgent: new Agent({ keepAlive: true }),
    requestTimeout: REQUEST_TIMEOUT,
    throwOnRequestTimeout: true,
  }),
})

/** The lease is asked for four times a second, and each request has a limit (lease/lease-loop.ts). */
const control = { client: createDynamoDB({ maxAttempts: 1 }), table: config.controlTable }
const metrics = createIngestMetrics(config.line, config.clock)
const publishLease = createLeaseMetrics(config.line)
const publishLogin = createLoginMetrics(config.line)
const logins = new LoginGate({ control, credentials: config, timing: DEFAULT_LOGIN_TIMING, log: logger })

/** Reads what the previous process has published, and logs how far that goes. */
async function findPublished(): Promise<Published | undefined> {
  const { streamName, line, lanes, clock } = config
  const warn = (reason: string): void => logger.warn('starting from a snapshot of the line', { reason })
  const found = await readPublished({ client, streamName, line, lanes, warn })
  if (found === undefined) return undefined
  logger.info('resuming after the published position', resumeDetails(found, clock))
  return found
}

/** Logs the totals, and writes the metrics. The metrics of a line's content come from its holder alone. */
function report(): void {
  const { stats } = ingest
  publishLease(lease)
  publishLogin(logins.isRefused)
  if (stats === undefined) return
  logger.info('figures', { ...statsDetails(stats), isHolder: lease.isHolder, keptBytes: ingest.keptBytes })
  if (lease.isHolder) metrics.publish(stats)
}

/** Ends the process. ECS starts a new task in its place, which stands by. */
function end(reason: EndReason): void {
  if (reason === 'overtaken') {
    logger.warn('overtaken by another task', {})
    process.exit(1)
  }
  report()
  logger.info('stopped', { reason, ...(ingest.stats && statsDetails(ingest.stats)) })
  process.exit(0)
}

const ingest = new LeasedIngest({
  config,
  client,
  openLine: lineOpener(config, DEFAULT_TIMING, logins),
  log: logger,
  mayPut: () => lease.mayPut(),
  otherWorks: () => lease.otherWorks,
  findPublished,
  delivered: metrics.delivered,
  began: () => void phases.repeat(),
  ended: end,
})
const lease = new LeaseLoop({ control, line: config.line, task: randomUUID(), log: logger, leased: ingest })

const warnOfCalendar = (reason: string, details: object): void =>
  logger.warn('the calendar may lack exceptions', { reason, ...details })
const calendars = createCalendarReader(control, warnOfCalendar)
const phases = new PhaseClock({
  clock: config.clock,
  calendar: calendars.read,
  unread: error => warnOfCalendar('no calendar could be read; the rules alone count', { error }),
  begun: (date, start) => ingest.publishPhase(date, start),
})

function stop(): void {
  logger.info('stopping')
  phases.close()
  lease.stop()
}
// Fargate sends SIGTERM; Ctrl-C in a terminal sends SIGINT to every process of a local run.
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
setInterval(report, INGEST_METRICS_SECONDS * 1000)
await openHealthFile(config.healthFile, () => ingest.signs, logger)
