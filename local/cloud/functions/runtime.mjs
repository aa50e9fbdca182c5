// The program of a function's thread. Each execution environment is an instance of the function's bundled module with a
// state of its own. It is loaded once and gets one event at a time, as in the Node.js runtime of Lambda.
//
// Plain JavaScript: a thread that strips types from TypeScript takes 10 MB more.
// @ts-check
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'

/**
 * @import { InvokeMessage, LoadMessage, ResultMessage, ThreadData } from './messages.ts'
 * @typedef {(event: unknown, context: object) => unknown} Handler
 */

const {
  folder,
  handler: handlerName,
  functionName,
  memoryMegabytes,
  sourceMaps,
} = /** @type {ThreadData} */ (workerData)
/** @type {Map<number, Promise<Handler>>} */
const handlers = new Map()

/** Time without invocations after which garbage is collected (ms): V8 does not collect in a thread that only waits. */
const COLLECT_AFTER_MS = 2_000
setFlagsFromString('--expose-gc')
/** @type {() => void} */
const collectGarbage = runInNewContext('gc')

// Node.js parses the source map of each environment at its first error: 10 MB each.
process.setSourceMapsEnabled(sourceMaps)

let running = 0
/** @type {NodeJS.Timeout | undefined} */
let timer
parentPort?.on('message', async message => {
  clearTimeout(timer)
  running++
  const result = await run(message)
  parentPort?.postMessage(result)
  running--
  if (running === 0) timer = setTimeout(collectGarbage, COLLECT_AFTER_MS)
})

/** @param {InvokeMessage | LoadMessage} message @returns {Promise<ResultMessage>} */
async function run(message) {
  const { environment } = message
  try {
    const loading = handlers.get(environment) ?? loadHandler(environment)
    handlers.set(environment, loading)
    const handler = await loading
    if (!('payload' in message)) return { environment, ok: true, payload: 'null' }
    const result = await handler(JSON.parse(message.payload), contextOf(message))
    return { environment, ok: true, payload: JSON.stringify(result) ?? 'null' }
  } catch (error) {
    console.error(error)
    return { environment, ok: false, payload: JSON.stringify(errorPayload(error)) }
  }
}

/** @param {InvokeMessage} message */
function contextOf({ requestId, functionArn, version, deadline }) {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: version,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memoryMegabytes),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  }
}

/** @param {unknown} error @returns {object} the error as Lambda reports it. */
function errorPayload(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
}

/**
 * Loads another instance of the handler's module.
 * @param {number} environment
 * @returns {Promise<Handler>}
 */
async function loadHandler(environment) {
  const dot = handlerName.lastIndexOf('.')
  const base = join(folder, handlerName.slice(0, dot))
  const file = ['.mjs', '.js', '.cjs'].map(extension => base + extension).find(existsSync)
  if (file === undefined) throw new Error(`Cannot find module '${base}' (.mjs, .js or .cjs)`)
  const url = pathToFileURL(file)
  // Node.js caches ES modules by URL and CommonJS modules by path.
  url.searchParams.set('environment', String(environment))
  delete createRequire(file).cache[file]
  const module = await import(url.href)
  const exported = module[handlerName.slice(dot + 1)]
  if (typeof exported !== 'function') {
    throw new Error(`${file} exports no function "${handlerName.slice(dot + 1)}"`)
  }
  return exported
}
