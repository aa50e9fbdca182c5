/** A function in a process of its own, invoked with one request after another, as Lambda invokes an environment. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { serve } from '../ingest/helper.ts'

export interface Invocations {
  /** Module of the function. */
  readonly module: string
  readonly requests: readonly APIGatewayProxyEventV2[]
}

export interface Invoked {
  /** Time in the handler for each request, ms. */
  readonly took: readonly number[]
  /** CPU time of the process, all threads, for each request, ms. */
  readonly cpu: readonly number[]
  /** Time of all requests together. */
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
    if (statusCode !== 200)
      throw new Error(`${request.rawPath}: expected status 200, got ${statusCode}: ${body}`)
    bodies.push(body)
  }
  return { took, cpu, bodies, seconds: (performance.now() - begin) / 1000 }
}

export const FUNCTION_ABILITIES = { invoke }
serve(FUNCTION_ABILITIES)
