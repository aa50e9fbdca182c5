/** Finds the route of an HTTP API for a request, in API Gateway's order of preference. */

export interface RoutePattern<T> {
  /** `GET`, or `ANY` for every method. */
  readonly method: string
  /** Segments of the path. `{name}` matches one segment, `{name+}` the rest of the path. */
  readonly segments: readonly string[]
  readonly route: T
}

export interface Found<T> {
  readonly route: T
  readonly parameters: Readonly<Record<string, string>>
}

/** Returns the pattern of a route key, `GET /v1/boards/{issue}`. `$default` matches requests without another route. */
export function routePattern<T>(key: string, route: T): RoutePattern<T> {
  if (key === '$default') return { method: 'ANY', segments: ['{proxy+}'], route }
  const [method = '', path = ''] = key.split(' ')
  return { method, segments: path.split('/').slice(1), route }
}

/** Finds the best route: literal segments before `{name}`, `{name}` before `{name+}`, a method before `ANY`. */
export function findRoute<T>(
  patterns: readonly RoutePattern<T>[],
  method: string,
  path: string,
): Found<T> | undefined {
  const segments = path.split('/').slice(1)
  let best: { found: Found<T>; rank: string } | undefined
  for (const pattern of patterns) {
    if (pattern.method !== 'ANY' && pattern.method !== method) continue
    const parameters = match(pattern.segments, segments)
    if (parameters === undefined) continue
    const rank = pattern.segments.map(rankOf).join('') + (pattern.method === 'ANY' ? '1' : '0')
    if (best === undefined || rank < best.rank) best = { found: { route: pattern.route, parameters }, rank }
  }
  return best?.found
}

function rankOf(segment: string): string {
  return segment.endsWith('+}') ? '2' : segment.startsWith('{') ? '1' : '0'
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i]
    if (part.endsWith('+}')) {
      parameters[part.slice(1, -2)] = decode(segments.slice(i).join('/'))
      return segments.length > i ? parameters : undefined
    }
    if (segment === undefined || segment === '') return undefined
    if (part.startsWith('{')) parameters[part.slice(1, -1)] = decode(segment)
    else if (part !== segment) return undefined
  }
  return segments.length === pattern.length ? parameters : undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
