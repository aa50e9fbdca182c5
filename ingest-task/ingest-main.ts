/** The Fargate task: one line, from its socket to the stream. */
import { Agent } from 'node:http'
import { Logger } from '@aws-lambda-powertools/logger'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { SettingsError } from '../contract/settings.ts'
import { openHealthFile } from './health-file.ts'
import { signsOf } from './health-verdict.ts'
import { Ingest } from './ingest.ts'
import { type Config, readConfig } from './ingest-config.ts'
import { DEFAULT_TIMING, lineOpener } from './line/line-opener.ts'
import { resumeDetails, statsDetails } from './log-details.ts'
import { createIngestMetrics } from './metrics.ts'
import { type Published, readPublished } from './publish/recover.ts'

/** Time between two logs of figures and two writes of metrics, milliseconds. */
const STATS_INTERVAL = 10_000
/** A PutRecords request that takes longer is aborted and sent again, milliseconds. */
const REQUEST_TIMEOUT = 5000
/** Time to publish the rest at the end, milliseconds: a fraction of a second, longer when the stream throttles. */
const CLOSE_TIMEOUT = 30_000

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

const metrics = createIngestMetrics(config.line, config.clock)
let ingest: Ingest | undefined
let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  logger.info('stopping')
  if (ingest === undefined) process.exit(0)
  const running = ingest
  const timeout = setTimeout(() => {
    logger.error('not everything was published in time', statsDetails(running.stats))
    process.exit(1)
  }, CLOSE_TIMEOUT)
  await running.close()
  clearTimeout(timeout)
  metrics.publish(running.stats)
  logger.info('stopped', statsDetails(running.stats))
  process.exit(0)
}
// Fargate sends SIGTERM; Ctrl-C in a terminal sends SIGINT to every process of a local run.
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

/** Reads what the previous process has published, and logs how far that goes. */
async function findPublished(): Promise<Published | undefined> {
  const { streamName, line, lanes, clock } = config
  const warn = (reason: string): void => logger.warn('starting from a snapshot of the line', { reason })
  const found = await readPublished({ client, streamName, line, lanes, warn })
  if (found === undefined) return undefined
  logger.info('resuming after the published position', resumeDetails(found, clock))
  return found
}

const published = await findPublished()
const running = new Ingest({
  config,
  client,
  openLine: lineOpener(config, DEFAULT_TIMING),
  log: logger,
  published,
  delivered: metrics.delivered,
})
ingest = running
setInterval(() => {
  const { stats } = running
  logger.info('figures', statsDetails(stats))
  metrics.publish(stats)
}, STATS_INTERVAL)
await openHealthFile(config.healthFile, () => signsOf(running.stats), logger)
