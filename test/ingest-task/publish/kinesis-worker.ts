/** A thread with an endpoint of Kinesis: its clock is right while that of the test is not. Its first message is the URL. */
import { parentPort } from 'node:worker_threads'
import { startKinesisEndpoint } from '@itastream/local-cloud/kinesis-endpoint'

const { url } = await startKinesisEndpoint({ shardLimits: false })
parentPort!.postMessage(url)
