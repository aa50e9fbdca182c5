/** A function in a process of its own, invoked with one request after the other as an environment of Lambda is. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { serve } from '../ingest/helper.ts'

export interface Invocations {
  /** Module of the function. */
  readonly module: string
  readonly requests: readonly APIGatewayProxyEventV2[]
}

export interface Invoked {
  /** Milliseconds inside the handler, by request. */
  readonly took: readonly number[]
  /** Milliseconds of CPU time of the process, all its threads, by request. */
  readonly cpu: readonly number[]
  /** Of all together. */
  readonly seconds: number
  readonly bodies: readonly string[]
}

type Handler = (
  request: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>

const CONTEXT: Context = {
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'delayed-prices',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:ap-northeast-1:000000000000:function:delayed-prices',
  memoryLimitInMB: '512',
  awsRequestId: 'bench',
  logGroupName: '/aws/lambda/delayed-prices',
  logStreamName: 'bench',
  getRemainingTimeInMillis: () => 10_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
}

async function invoke({ module, requests }: Invocations): Promise<Invoked> {
  const { handler } = (await import(module)) as { readonly handler: Handler }
  const took: number[] = []
  const bodies: string[] = []
  const cpu: number[] = []
  const begin = performance.now()
  for (const request of requests) {
    const before = process.cpuUsage()
    const start = performance.now()
    const { statusCode, body = '' } = await handler(request, CONTEXT)
    took.push(performance.now() - start)
    const { user, system } = process.cpuUsage(before)
    cpu.push((user + system) / 1000)
    if (statusCode !== 200) throw new Error(`${request.rawPath} was answered with ${statusCode}: ${body}`)
    bodies.push(body)
  }
  return { took, cpu, bodies, seconds: (performance.now() - begin) / 1000 }
}

export const FUNCTION_ABILITIES = { invoke }
serve(FUNCTION_ABILITIES)
