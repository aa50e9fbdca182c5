/** Serving a room in a function of its own. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import type { Push, PushResult } from '../../posts/push.ts'

/** An invocation is given up after this time (ms), repeats of a throttled one among it: a push's five seconds, its last posts, and a cold start. */
const INVOCATION_TIMEOUT_MS = 12_000

/** Invokes `functionName` with a push and waits for what became of it. @throws Error when the function failed. */
export function createPushFunction(functionName: string): (push: Push) => Promise<PushResult> {
  const client = new LambdaClient({ requestHandler: keepAliveHandler(INVOCATION_TIMEOUT_MS) })
  return async push => {
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'RequestResponse',
        Payload: JSON.stringify(push),
      }),
      { abortSignal: AbortSignal.timeout(INVOCATION_TIMEOUT_MS) },
    )
    const text = answer.Payload?.transformToString() ?? ''
    if (answer.FunctionError !== undefined) {
      throw new Error(`expected ${functionName} to serve ${push.room}, it failed: ${text}`)
    }
    return JSON.parse(text) as PushResult
  }
}
