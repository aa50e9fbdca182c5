/** The Kinesis client of broadcast. */
import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'

/** Creates a client that sends each request once: read-tail.ts repeats a read within its time. */
export function createStreamClient(config: KinesisClientConfig = {}): KinesisClient {
  return new KinesisClient({ maxAttempts: 1, requestHandler: keepAliveHandler(), ...config })
}
