/** Reads a stage of an API: its name, and the limits of its routes. */
import * as v from 'valibot'
import { ignoredMembers, numeric, readProperties } from '../template/properties.ts'
import type { Resource } from '../template/stack.ts'

/** Limit of a route. Each route has a bucket of its own, also where the stage gives all of them the same limit. */
export interface Throttle {
  readonly ratePerSecond: number
  /** Requests above the rate that the route accepts at once. */
  readonly burst: number
}

export interface Stage {
  readonly apiId: string
  readonly name: string
  /** Members without effect here. */
  readonly ignored: readonly string[]
  /** Returns the limit of a route, `undefined` if only the account's quota bounds it. */
  throttleOf(routeKey: string): Throttle | undefined
}

const settings = v.object({
  ThrottlingRateLimit: v.optional(numeric),
  ThrottlingBurstLimit: v.optional(numeric),
})
const schema = v.object({
  ApiId: v.string(),
  StageName: v.string(),
  DefaultRouteSettings: v.optional(settings, {}),
  RouteSettings: v.optional(v.record(v.string(), settings), {}),
})

/** Members of a stage that have no effect here. */
const IGNORED = ['AccessLogSettings', 'StageVariables']

export function readStage(resource: Resource): Stage {
  const stage = readProperties(resource, schema)
  return {
    apiId: stage.ApiId,
    name: stage.StageName,
    ignored: ignoredMembers(resource, IGNORED),
    throttleOf(routeKey) {
      const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = {
        ...stage.DefaultRouteSettings,
        ...stage.RouteSettings[routeKey],
      }
      return rate === undefined ? undefined : { ratePerSecond: rate, burst: burst ?? rate }
    },
  }
}
