import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { findRoute, routePattern } from '../../../local/cloud/gateway/http-routes.ts'
import { AWS_QUOTAS } from '../../../local/cloud/quotas/account-quotas.ts'
import { signingKey, startTestIssuer, type TestIssuer } from '../../sign-in/test-issuer.ts'
import { until } from '../../until.ts'
import { att, fn, type Resources, ref } from './assembly-fixture.ts'
import { boot, type Lab } from './cloud-fixture.ts'

interface HttpEvent {
  readonly version: string
  readonly routeKey: string
  readonly rawPath: string
  readonly rawQueryString: string
  readonly queryStringParameters?: Record<string, string>
  readonly headers: Record<string, string>
  readonly pathParameters?: Record<string, string>
  readonly requestContext: {
    readonly http: { readonly method: string }
    readonly authorizer?: { readonly jwt: { readonly claims: Record<string, string> } }
  }
}

function route(id: string, key: string, properties: object = {}): Resources {
  return {
    [id]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: ref('rest'),
        RouteKey: key,
        Target: { 'Fn::Join': ['/', ['integrations', ref('integration')]] },
        ...properties,
      },
    },
  }
}

const API: Resources = {
  rest: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: {
      ProtocolType: 'HTTP',
      CorsConfiguration: {
        AllowOrigins: ['*'],
        AllowMethods: ['GET'],
        AllowHeaders: ['authorization'],
        MaxAge: 60,
      },
    },
  },
  stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: ref('rest'), StageName: '$default' } },
  ...fn('prices'),
  integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: ref('rest'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: att('prices', 'Arn'),
      PayloadFormatVersion: '2.0',
    },
  },
  permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: att('prices', 'Arn'),
      Principal: 'apigateway.amazonaws.com',
      SourceArn: {
        'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${rest}/*/*/v1/*`,
      },
    },
  },
  authorizer: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    Properties: {
      ApiId: ref('rest'),
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: ref('Issuer'), Audience: ['apps'] },
    },
  },
  ...route('board', 'GET /v1/boards/{issue}'),
  ...route('realtime', 'GET /v1/realtime/{issue}', {
    AuthorizationType: 'JWT',
    AuthorizerId: ref('authorizer'),
  }),
  ...route('unpermitted', 'GET /v2/boards'),
}

async function lab(t: TestContext, Issuer = 'http://127.0.0.1:1', resources = API): Promise<Lab> {
  return boot(t, { resources, parameters: { Issuer: { Type: 'String' } } }, { parameters: { Issuer } })
}

test('a route gets its event in payload format 2.0, and its answer goes back as it is', async t => {
  const made = await lab(t)
  made.answer = () => ({
    result: {
      statusCode: 404,
      headers: { 'Content-Type': 'application/problem+json' },
      body: '{"status":404}',
    },
  })
  const response = await fetch(`${made.cloud.httpUrl}/v1/boards/130A?at=2026-11-20&x=1&x=2`)
  assert.equal(response.status, 404)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.deepEqual(await response.json(), { status: 404 })
  const [event] = made.of<HttpEvent>('prices')
  assert.ok(event)
  assert.equal(event.version, '2.0')
  assert.equal(event.routeKey, 'GET /v1/boards/{issue}')
  assert.equal(event.rawPath, '/v1/boards/130A')
  assert.equal(event.rawQueryString, 'at=2026-11-20&x=1&x=2')
  assert.deepEqual(event.pathParameters, { issue: '130A' })
  assert.deepEqual(event.queryStringParameters, { at: '2026-11-20', x: '1,2' })
  assert.equal(event.requestContext.http.method, 'GET')
})

test('what the template has no route for is not found, and a failing function is a server error', async t => {
  const made = await lab(t)
  for (const path of ['/v1/boards', '/v1/boards/', '/v1/boards/7203/x', '/', '/v1/other']) {
    const response = await fetch(made.cloud.httpUrl + path)
    assert.equal(response.status, 404, path)
    assert.deepEqual(await response.json(), { message: 'Not Found' })
  }
  assert.equal((await fetch(`${made.cloud.httpUrl}/v1/boards/7203`, { method: 'POST' })).status, 404)
  assert.equal(made.seen.length, 0)
  made.answer = () => ({ throws: 'broken' })
  const response = await fetch(`${made.cloud.httpUrl}/v1/boards/7203`)
  assert.equal(response.status, 500)
  assert.deepEqual(await response.json(), { message: 'Internal Server Error' })
  assert.equal((await fetch(`${made.cloud.httpUrl}/v2/boards`)).status, 500)
  assert.match(made.logged.join(''), /no AWS::Lambda::Permission lets route GET \/v2\/boards/)
})

test('an answer that nothing has changed goes through without a body', async t => {
  const made = await lab(t)
  made.answer = () => ({ result: { statusCode: 304, headers: { ETag: 'W/"a"', 'cache-control': 'public' } } })
  const headers = { 'if-none-match': 'W/"a"', origin: 'http://page.example' }
  const response = await fetch(`${made.cloud.httpUrl}/v1/boards/7203`, { headers, cache: 'no-store' })
  assert.equal(response.status, 304)
  assert.equal(await response.text(), '')
  assert.equal(response.headers.get('etag'), 'W/"a"')
  assert.equal(response.headers.get('content-length'), null)
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  const [event] = made.of<HttpEvent>('prices')
  assert.equal(event?.headers['if-none-match'], 'W/"a"')
})

test('answers and preflights carry the CORS configuration of the API', async t => {
  const made = await lab(t)
  made.answer = () => ({ result: { hello: 1 } })
  const headers = { origin: 'http://page.example' }
  const response = await fetch(`${made.cloud.httpUrl}/v1/boards/7203`, { headers })
  assert.deepEqual(await response.json(), { hello: 1 })
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  const preflight = await fetch(`${made.cloud.httpUrl}/v1/realtime/7203`, {
    method: 'OPTIONS',
    headers: { ...headers, 'access-control-request-method': 'GET' },
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'authorization')
  assert.equal(preflight.headers.get('access-control-max-age'), '60')
})

test('a JWT route lets tokens of its issuer and audience in, and no others', async t => {
  const issuer = await startTestIssuer()
  t.after(() => issuer[Symbol.asyncDispose]())
  const curve = signingKey('k2', 'P-256')
  issuer.keys.push(curve.jwk)
  const made = await lab(t, issuer.url)
  made.answer = () => ({ result: 'in' })

  const bearer = async (...[claims, options]: Parameters<TestIssuer['sign']>): Promise<string> =>
    `Bearer ${await issuer.sign({ sub: 'user', ...claims }, options)}`
  const status = async (authorization?: string): Promise<number> => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    return (await fetch(`${made.cloud.httpUrl}/v1/realtime/7203`, { headers })).status
  }

  assert.equal(await status(await bearer({ aud: 'apps' })), 200)
  // Access tokens of Cognito name the client in place of an audience.
  assert.equal(await status(await bearer({ client_id: 'apps' })), 200)
  assert.equal(made.of<HttpEvent>('prices')[0]?.requestContext.authorizer?.jwt.claims.sub, 'user')

  const refused: readonly [what: string, authorization: string | undefined][] = [
    ['no token', undefined],
    ['no JWT', 'Bearer nonsense'],
    ['another audience', await bearer({ aud: 'others' })],
    ['another audience of this client', await bearer({ aud: 'others', client_id: 'apps' })],
    ['no audience', await bearer({})],
    ['another issuer', await bearer({ aud: 'apps' }, { issuer: 'http://elsewhere' })],
    ['expired', await bearer({ aud: 'apps' }, { expiresIn: -1 })],
    ['without an end', await bearer({ aud: 'apps' }, { expiresIn: null })],
    ['issued in the future', await bearer({ aud: 'apps' }, { issuedIn: 60 })],
    ['without a key id', await bearer({ aud: 'apps' }, { kid: null })],
    ['another key', await bearer({ aud: 'apps' }, { key: signingKey(issuer.key.id) })],
    ['an elliptic curve', await bearer({ aud: 'apps' }, { key: curve, algorithm: 'ES256' })],
  ]
  for (const [what, authorization] of refused) assert.equal(await status(authorization), 401, what)
  assert.equal(made.of('prices').length, 2)
})

test('a literal path goes before a variable, a variable before the rest, a method before any', () => {
  const patterns = [
    '$default',
    'ANY /v1/{proxy+}',
    'GET /v1/{issue}',
    'ANY /v1/{issue}',
    'GET /v1/status',
  ].map(key => routePattern(key, key))
  const routeOf = (method: string, path: string) => findRoute(patterns, method, path)?.route
  assert.equal(routeOf('GET', '/v1/status'), 'GET /v1/status')
  assert.equal(routeOf('GET', '/v1/7203'), 'GET /v1/{issue}')
  assert.equal(routeOf('PUT', '/v1/7203'), 'ANY /v1/{issue}')
  assert.equal(routeOf('GET', '/v1/7203/x'), 'ANY /v1/{proxy+}')
  assert.equal(routeOf('GET', '/v2'), '$default')
  assert.deepEqual(findRoute(patterns, 'GET', '/v1/a%2Fb/c')?.parameters, { proxy: 'a/b/c' })
})

test('a route above the limit of its stage is answered with 429, other routes are not', async t => {
  const throttle = { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 1 }
  const stage = {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: {
      ApiId: ref('rest'),
      StageName: '$default',
      RouteSettings: { 'GET /v1/boards/{issue}': throttle },
    },
  }
  const { cloud, seen } = await lab(t, undefined, { ...API, stage })
  const get = (path: string) => fetch(`${cloud.httpUrl}${path}`, { headers: { origin: 'http://page' } })
  assert.equal((await get('/v1/boards/7203')).status, 200)
  const refused = await get('/v1/boards/6758')
  assert.equal(refused.status, 429)
  assert.deepEqual(await refused.json(), { message: 'Too Many Requests' })
  assert.equal(refused.headers.get('access-control-allow-origin'), '*')
  assert.equal((await get('/v1/realtime/7203')).status, 401)
  assert.deepEqual([seen.length, cloud.stats().throttled], [1, 1])
})

test('a preflight above the quota of the account is answered with 429', async t => {
  const { cloud } = await boot(
    t,
    { resources: API, parameters: { Issuer: { Type: 'String' } } },
    { parameters: { Issuer: 'http://127.0.0.1:1' }, quotas: { ...AWS_QUOTAS, requests: 0.001 } },
  )
  const headers = { origin: 'http://page', 'access-control-request-method': 'GET' }
  const ask = () => fetch(`${cloud.httpUrl}/v1/boards/7203`, { method: 'OPTIONS', headers })
  assert.deepEqual([(await ask()).status, (await ask()).status], [204, 429])
  assert.equal(cloud.stats().throttled, 1)
})

test('a request whose function has no free place is answered with 503, and is not logged by itself', async t => {
  const prices = fn('prices', [], { ReservedConcurrentExecutions: 1, Timeout: 60 })
  const made = await lab(t, undefined, { ...API, ...prices })
  const get = () => fetch(`${made.cloud.httpUrl}/v1/boards/7203`)
  made.answer = () => ({ hang: true })
  const running = get()
  await until(() => made.seen.length === 1, 'the first request in the function')
  const refused = await get()
  assert.equal(refused.status, 503)
  assert.deepEqual(await refused.json(), { message: 'Service Unavailable' })
  assert.deepEqual(made.logged, [])
  await made.cloud.crashFunction('prices')
  assert.equal((await running).status, 500)
})
