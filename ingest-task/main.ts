/** The Fargate task: one line, from its socket to the stream. */
import { Agent } from 'node:http'
import { Logger } from '@aws-lambda-powertools/logger'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { type Config, ConfigError, readConfig } from './config.ts'
import { startIngest } from './ingest.ts'
import { DEFAULT_TIMING } from './line/session.ts'

/** How often a line of figures is logged, milliseconds. */
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
const client = new KinesisClient({
  // Retries are the publisher's: it knows what must not overtake what.
  maxAttempts: 1,
  requestHandler: new NodeHttpHandler({
    httpAgent: new Agent({ keepAlive: true }),
    requestTimeout: REQUEST_TIMEOUT,
    throwOnRequestTimeout: true,
  }),
})

const ingest = startIngest(config, client, DEFAULT_TIMING, logger)
const timer = setInterval(() => logger.info('figures', ingest.stats()), STATS_INTERVAL)

let stopping = false
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  clearInterval(timer)
  logger.info('stopping')
  const timeout = setTimeout(() => {
    logger.error('not everything could be published in time', ingest.stats())
    process.exit(1)
  }, CLOSE_TIMEOUT)
  await ingest.close()
  clearTimeout(timeout)
  logger.info('stopped', ingest.stats())
  process.exit(0)
}
// Fargate sends SIGTERM; Ctrl-C in a terminal sends SIGINT to every process of a local run.
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
