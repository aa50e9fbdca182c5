/** Serves a push in an invocation of another function. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import type { Push, PushResult } from '../../posts/push.ts'

/** Time for an invocation (ms), including retries after throttling: five seconds of posts, the last posts, a cold start. */
const INVOCATION_TIMEOUT_MS = 12_000

/** The lists that results of the release before lack: during a deployment push-room may still be of that release. */
type NewLists = 'silent' | 'limited'
type AnyResult = Omit<PushResult, NewLists> & Partial<Pick<PushResult, NewLists>>

/** Returns a function that invokes `functionName` with a push and returns its result. @throws Error if `functionName` failed. */
export function createPushFunction(functionName: string): (push: Push) => Promise<PushResult> {
  const client = new LambdaClient({ requestHandler: keepAliveHandler(INVOCATION_TIMEOUT_MS) })
  return async push => {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(push) }),
      { abortSignal: AbortSignal.timeout(INVOCATION_TIMEOUT_MS) },
    )
    const text = answer.Payload?.transformToString() ?? ''
    if (answer.FunctionError !== undefined) {
      throw new Error(
        `expected ${functionName} to serve ${push.deliveries.length} connections, got an error: ${text}`,
      )
    }
    return { silent: [], limited: [], ...(JSON.parse(text) as AnyResult) }
  }
}
