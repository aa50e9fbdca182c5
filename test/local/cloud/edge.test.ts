import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { WebSocket } from 'ws'
import { att, fn, type Resources, ref, role } from './assembly-fixture.ts'
import { boot, client, refused } from './cloud-fixture.ts'

const route = (api: string, key: string): Resources => ({
  [`${api}Stage`]: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: ref(api), StageName: api === 'rest' ? '$default' : 'live' },
  },
  [`${api}Integration`]: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: ref(api),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: att('answers', 'Arn'),
      PayloadFormatVersion: '2.0',
    },
  },
  [`${api}Route`]: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: ref(api),
      RouteKey: key,
      Target: { 'Fn::Join': ['/', ['integrations', ref(`${api}Integration`)]] },
    },
  },
})

/** Returns the host of an API, as a distribution names its origin. */
const hostOf = (api: string) => ({
  'Fn::Select': [2, { 'Fn::Split': ['/', att(api, 'ApiEndpoint')] }],
})
const HEADER = [
  {
    HeaderName: 'X-Edge',
    HeaderValue: { 'Fn::Join': ['', ['{{resolve:secretsmanager:', ref('secret'), ':SecretString:::}}']] },
  },
]

const RESOURCES: Resources = {
  rest: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
  sockets: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
  },
  ...route('rest', 'GET /prices'),
  ...route('sockets', '$connect'),
  ...fn('answers', [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: ref('secret') }], {
    Environment: {
      Variables: {
        RECORDER: ref('Recorder'),
        NAME: 'answers',
        REST_URL: { 'Fn::Join': ['', ['https://', att('edge', 'DomainName')]] },
        OWN_NAME: 'wss://boards.example/live',
      },
    },
  }),
  permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: att('answers', 'Arn'),
      Principal: 'apigateway.amazonaws.com',
    },
  },
  secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { GenerateSecretString: { PasswordLength: 20, ExcludePunctuation: true } },
  },
  other: { Type: 'AWS::SecretsManager::Secret', Properties: { SecretString: 'other' } },
  page: { Type: 'AWS::S3::Bucket', Properties: {} },
  edge: {
    Type: 'AWS::CloudFront::Distribution',
    Properties: {
      DistributionConfig: {
        Aliases: ['boards.example'],
        Origins: [
          { DomainName: att('page', 'RegionalDomainName') },
          { DomainName: hostOf('rest'), OriginCustomHeaders: HEADER },
          { DomainName: hostOf('sockets'), OriginCustomHeaders: HEADER },
        ],
      },
    },
  },
}

test('requests reach the APIs behind a distribution with the headers that it adds', async t => {
  const lab = await boot(t, { resources: RESOURCES })
  lab.answer = () => ({ result: { statusCode: 200 } })
  const secret = lab.cloud.secretValue('secret')
  await fetch(`${lab.cloud.httpUrl}/prices`, { headers: { 'x-edge': 'of the reader' } })
  const socket = new WebSocket(lab.cloud.websocketUrl, { headers: { 'X-Edge': 'of the app' } })
  t.after(() => socket.terminate())
  await once(socket, 'open')
  const [request, connect] = lab.of<{
    headers: Record<string, string>
    multiValueHeaders?: Record<string, string[]>
  }>('answers')
  assert.equal(request?.headers['x-edge'], secret)
  assert.equal(connect?.headers['x-edge'], secret)
  assert.deepEqual(connect?.multiValueHeaders?.['x-edge'], [secret])
  assert.equal(connect?.headers['X-Edge'], undefined)
})

test('the addresses of a distribution are those of the APIs behind it', async t => {
  const lab = await boot(t, {
    resources: RESOURCES,
    outputs: { url: { Value: { 'Fn::Join': ['', ['wss://', att('edge', 'DomainName'), '/live']] } } },
  })
  lab.answer = () => ({ result: { statusCode: 200 } })
  await lab.cloud.invoke('answers', {})
  const [{ env } = { env: {} as Record<string, string> }] = lab.seen
  assert.equal(env.REST_URL, lab.cloud.httpUrl)
  assert.equal(env.OWN_NAME, lab.cloud.websocketUrl)
  assert.equal(lab.cloud.outputs.url, lab.cloud.websocketUrl)
})

test('a function reads the current value of a secret that its role allows', async t => {
  const lab = await boot(t, { resources: { ...RESOURCES, ...role('nobody', []) } })
  await lab.cloud.invoke('answers', {})
  const secrets = new SecretsManagerClient(client(lab.cloud, lab.seen[0]?.env))
  t.after(() => secrets.destroy())
  const get = (SecretId: string, VersionStage?: string) =>
    secrets.send(
      new GetSecretValueCommand({ SecretId, ...(VersionStage === undefined ? {} : { VersionStage }) }),
    )
  const arn = lab.cloud.ref('secret')
  assert.equal((await get(arn)).SecretString, lab.cloud.secretValue('secret'))
  assert.equal((await get(arn, 'AWSCURRENT')).SecretString, lab.cloud.secretValue('secret'))
  await refused(get(arn, 'AWSPREVIOUS'), 'ResourceNotFoundException', 400)
  await refused(get(lab.cloud.ref('other')), 'AccessDeniedException', 400)
})
