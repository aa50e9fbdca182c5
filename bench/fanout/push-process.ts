/** The function push-room in a process of its own, as Lambda runs it. */
import type { Context } from 'aws-lambda'
import type { Push, PushResult } from '../../posts/push.ts'
import { serve } from '../ingest/helper.ts'
import { FUNCTION_ENVIRONMENT } from './fanout-environment.ts'

type Handler = (push: Push, context: Context) => Promise<PushResult>

let handler: Handler | undefined

export const PUSH_ABILITIES = {
  /** @param endpoint of the WebSocket API. Returns the name of the function: a helper has an answer to every call. */
  async start(endpoint: string): Promise<string> {
    Object.assign(process.env, FUNCTION_ENVIRONMENT, { WEBSOCKET_ENDPOINT: endpoint })
    const module = await import('../../functions/push-room/push-room-handler.ts')
    handler = module.handler as unknown as Handler
    return 'push-room'
  },
  push: (push: Push): Promise<PushResult> => handler!(push, {} as Context),
  /** Returns the CPU time of this process, all threads, in seconds. */
  cpu(_: undefined): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
}
serve(PUSH_ABILITIES)
