/** The Fargate task: one line, from its socket to the stream. */
import { Agent } from 'node:http'
import { Logger } from '@aws-lambda-powertools/logger'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { momentOf, momentToIso } from '../market/moment.ts'
import { openHealth } from './health-server.ts'
import { type Ingest, type IngestStats, startIngest } from './ingest.ts'
import { type Config, ConfigError, readConfig } from './ingest-config.ts'
import { DEFAULT_TIMING, lineOpener } from './line/opener.ts'
import { createIngestMetrics } from './metrics.ts'
import { type Published, readPublished } from './publish/recover.ts'

/** How often figures are logged and metrics written, milliseconds. */
const STATS_INTERVAL = 10_000
/** A PutRecords that takes longer is given up and sent again, milliseconds. */
const REQUEST_TIMEOUT = 5000
/** Publishing the rest takes a fraction of a second; a stream that is throttled gets this long, milliseconds. */
const CLOSE_TIMEOUT = 30_000

function configOrExit(): Config {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

const config = configOrExit()
const logger = new Logger({ serviceName: 'ingest', persistentKeys: { lineNumber: config.line } })
// What nobody has thought of: the next task, which ECS starts, goes on from the stream as after any other end.
process.on('uncaughtException', error => {
  logger.error('the task fails', error)
  process.exit(1)
})
const client = new KinesisClient({
  // Retries are the publisher's: it knows what must not overtake what.
  maxAttempts: 1,
  requestHandler: new NodeHttpHandler({
    httpAgent: new Agent({ keepAlive: true }),
    requestTimeout: REQUEST_TIMEOUT,
    throwOnRequestTimeout: true,
  }),
})

/** Totals with the time of the line's state as people read it. */
function readable(stats: IngestStats) {
  const { line } = stats
  return { ...stats, line: { ...line, since: momentToIso(line.since) } }
}

const metrics = createIngestMetrics(config.line, config.clock)
let ingest: Ingest | undefined
let stopping = false

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  logger.info('stopping')
  if (ingest === undefined) process.exit(0)
  const { stats, close } = ingest
  const timeout = setTimeout(() => {
    logger.error('not everything could be published in time', readable(stats()))
    process.exit(1)
  }, CLOSE_TIMEOUT)
  await close()
  clearTimeout(timeout)
  metrics.publish(stats())
  logger.info('stopped', readable(stats()))
  process.exit(0)
}
// Fargate sends SIGTERM; Ctrl-C in a terminal sends SIGINT to every process of a local run.
process.on('SIGTERM', stop)
process.on('SIGINT', stop)

/** What the process before this one has published; says in the log how far that goes. */
async function findPublished(): Promise<Published | undefined> {
  const { streamName, line, lanes, clock } = config
  const warn = (reason: string): void => logger.warn('starting from a snapshot of the line', { reason })
  const found = await readPublished({ client, streamName, line, lanes, warn })
  if (found === undefined) return undefined
  const { tradingDate, position, boards } = found
  const newest = Math.max(...boards.map(({ time }) => time))
  const age = (clock.now() - momentOf(tradingDate, newest)) / clock.speed() / 1_000_000
  logger.info('going on from what was published', {
    tradingDate,
    position,
    boards: boards.length,
    ...(boards.length === 0 ? {} : { ageSeconds: Math.round(age * 10) / 10 }),
  })
  return found
}

const published = await findPublished()
const running = startIngest({
  config,
  client,
  openLine: lineOpener(config, DEFAULT_TIMING),
  log: logger,
  published,
  delivered: metrics.delivered,
})
ingest = running
setInterval(() => {
  const stats = running.stats()
  logger.info('figures', readable(stats))
  metrics.publish(stats)
}, STATS_INTERVAL)
await openHealth(config.healthPort, running.stats)
