/** Requests that no honest client sends: long, repeated, broken or foreign text in path, query and headers. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { below, createRandom, type Random } from '../../local/exchange/random.ts'
import { ROUTES, type Route, type RoutePath } from '../../rest/rest-routes.ts'
import { getRequest } from '../functions/invoke.ts'

/** The longest request line with headers that API Gateway accepts is 10,240 bytes (HTTP API quotas). */
export const MOST_TEXT = 8_000

const ALPHABETS = [
  '0123456789',
  '7203,',
  ',',
  ' ',
  '%',
  '%zF0',
  '\u0000\u0001\n\r\t"\\',
  'トヨタ銘柄ﾄﾖﾀ',
  '\ud800\udfff',
  '\ufdfa',
  '😀',
  '&=;?#/',
  '-:T.+Z2026',
] as const

const WORDS = ['7203', '2026-11-20T09:30:00+09:00', '1', 'null', '../..', '[]', '{}', '1e3', 'NaN'] as const

/** Returns a random request of a route. Some are valid by chance. */
export function garbageRequest(path: RoutePath, random: Random): APIGatewayProxyEventV2 {
  const names = Object.keys((ROUTES[path] as Route).query)
  const count = below(random, 10) === 0 ? 500 : below(random, 4)
  const pairs = Array.from({ length: count }, () => {
    const name =
      names.length > 0 && below(random, 4) > 0 ? names[below(random, names.length)]! : textOf(random)
    return [name, textOf(random)] as const
  })
  // The whole query has the size that a gateway lets through.
  const query: (readonly [string, string])[] = []
  let free: number = MOST_TEXT
  for (const [name, value] of pairs) {
    free -= name.length + value.length
    if (free >= 0) query.push([name, value])
  }
  const request = getRequest(path.replace('{issue}', '7203'), query)
  return {
    ...request,
    headers: { 'if-none-match': textOf(random) },
    ...(path.includes('{issue}') ? { pathParameters: { issue: textOf(random) } } : {}),
  }
}

/** Returns the requests of a seed, some for every route. */
export function garbageRequests(seed: number, eachRoute: number): [RoutePath, APIGatewayProxyEventV2][] {
  const random = createRandom(seed)
  return (Object.keys(ROUTES) as RoutePath[]).flatMap(path =>
    Array.from({ length: eachRoute }, (): [RoutePath, APIGatewayProxyEventV2] => [
      path,
      garbageRequest(path, random),
    ]),
  )
}

function textOf(random: Random): string {
  const kind = below(random, 3)
  if (kind === 0) return WORDS[below(random, WORDS.length)]!
  const alphabet = [...ALPHABETS[below(random, ALPHABETS.length)]!]
  const length = kind === 1 ? below(random, 12) : below(random, MOST_TEXT)
  return Array.from({ length }, () => alphabet[below(random, alphabet.length)]!).join('')
}
