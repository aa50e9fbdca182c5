/**
 * The inside of an environment: a thread that loads the function's bundled code once and gives it one event at a
 * time, as the Node.js runtime of Lambda does.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { EnvironmentData, InvokeMessage, ResultMessage } from './messages.ts'

type Handler = (event: unknown, context: object) => unknown

const {
  folder,
  handler: handlerName,
  functionName,
  functionArn,
  memoryMegabytes,
} = workerData as EnvironmentData
const port = parentPort
if (port === null) throw new Error('runtime.ts runs as the thread of an environment only')

const loading = loadHandler()
// Reported with the first invocation, which awaits it.
loading.catch(() => {})

port.on('message', (message: InvokeMessage) => {
  void run(message).then(result => port.postMessage(result))
})

async function run({ requestId, payload, deadline }: InvokeMessage): Promise<ResultMessage> {
  try {
    const handler = await loading
    const context = {
      awsRequestId: requestId,
      callbackWaitsForEmptyEventLoop: true,
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: functionArn,
      memoryLimitInMB: String(memoryMegabytes),
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: 'local',
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    }
    const result = await handler(JSON.parse(payload), context)
    return { ok: true, payload: JSON.stringify(result) ?? 'null' }
  } catch (error) {
    console.error(error)
    return { ok: false, payload: JSON.stringify(errorPayload(error)) }
  }
}

function errorPayload(error: unknown): object {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  }
}

async function loadHandler(): Promise<Handler> {
  const dot = handlerName.lastIndexOf('.')
  const base = join(folder, handlerName.slice(0, dot))
  const file = ['.mjs', '.js', '.cjs'].map(extension => base + extension).find(existsSync)
  if (file === undefined) throw new Error(`Cannot find module '${base}' (.mjs, .js or .cjs)`)
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const exported = module[handlerName.slice(dot + 1)]
  if (typeof exported !== 'function')
    throw new Error(`${file} exports no function "${handlerName.slice(dot + 1)}"`)
  return exported as Handler
}
