/** A thread with an endpoint of Kinesis: its clock is right while that of the test is not. Its first message has the URL and the access key. */
import { parentPort } from 'node:worker_threads'
import { startStreamEndpoint } from '../../other-aws/stream-endpoint.ts'

const { url, accessKeyId } = await startStreamEndpoint()
parentPort!.postMessage({ url, accessKeyId })
