/** The operations of Lambda that change functions and event source mappings. */
import { AwsError } from '../aws-error.ts'
import type { FunctionDirectory } from '../functions/directory.ts'
import type { LambdaRoute } from './lambda-request.ts'
import { sendJson } from './request.ts'
import type { PathService } from './service.ts'

/** Makes the service of these operations. */
export function lambdaControlService(
  functions: FunctionDirectory,
  routes: readonly LambdaRoute[],
): PathService {
  return async ({ method, path, query }, readBody, demand, response) => {
    for (const route of routes) {
      const match = route.method === method ? route.path.exec(path) : null
      if (match === null) continue
      const input = async (): Promise<Record<string, unknown>> => {
        try {
          return JSON.parse((await readBody()).toString()) as Record<string, unknown>
        } catch (cause) {
          throw new AwsError(400, 'SerializationException', `${method} ${path}: expected JSON`, { cause })
        }
      }
      const name = decodeURIComponent(match[1] ?? '')
      const { status, output } = await route.run({ functions, name, query, demand, input })
      if (output === undefined) response.writeHead(status).end()
      else sendJson(response, status, 'application/json', JSON.stringify(output))
      return true
    }
    return false
  }
}
