import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PUBLISH_PATTERN } from '../../contract/publication.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { nameOf, read } from './template-reading.ts'

const { template, resources } = synthesize()
const { ofType } = read(resources)
const { Parameters, Outputs } = template.toJSON() as {
  Parameters: Record<
    string,
    { Default?: string; Type: string; MinValue?: number; MaxValue?: number; AllowedPattern?: string }
  >
  Outputs: Record<string, { Value: unknown }>
}

suite('what the stack gets from outside and gives back', () => {
  test('are parameters with these defaults, and the lines without a default', () => {
    const ofLines = LINE_NUMBERS.flatMap(line => [
      [`LineHost${line}`, undefined],
      [`LinePort${line}`, undefined],
      [`LineHost${line}B`, ''],
      [`LinePort${line}B`, ''],
    ])
    const defaults = Object.entries(Parameters).map(([name, { Default }]) => [name, Default])
    assert.deepEqual(Object.fromEntries(defaults), {
      TokenIssuer: '',
      TokenAudience: 'itastream',
      TokenScopes: '',
      SignInCallback: '',
      FastestPace: '100',
      ConnectionsAUser: '10',
      Publish: 'none',
      CanarySecret: '',
      EdgeHeaderVersion: '',
      WebAclArn: '',
      LineSecret: undefined,
      LineTls: 'off',
      LineCa: '',
      ...Object.fromEntries(ofLines),
    })
    const { FastestPace, ConnectionsAUser, ...others } = Parameters
    assert.deepEqual(
      [ConnectionsAUser?.Type, ConnectionsAUser?.MinValue, ConnectionsAUser?.MaxValue],
      ['Number', 2, 100],
    )
    assert.deepEqual(
      [FastestPace?.Type, FastestPace?.MinValue, FastestPace?.MaxValue],
      ['Number', 100, 5_000],
    )
    assert.equal(others.Publish?.AllowedPattern, PUBLISH_PATTERN)
    for (const { Type } of Object.values(others)) assert.equal(Type, 'String')
  })

  test('take up to ten scopes with a space between them, and an https address', () => {
    const allows = (name: string, value: string): boolean =>
      new RegExp(Parameters[name]?.AllowedPattern ?? '').test(value)
    const ten = Array.from({ length: 10 }, (_, index) => `scope-${index}`).join(' ')
    for (const scopes of ['', 'itastream/realtime', 'urn:x:[a]_~!# https://api.example/read', ten])
      assert.ok(allows('TokenScopes', scopes), scopes)
    for (const scopes of [' ', 'a ', ' a', 'a  b', 'a,\tb', 'a"b', 'a\\b', '板', `${ten} more`])
      assert.ok(!allows('TokenScopes', scopes), scopes)
    for (const [address, isAllowed] of [
      ['', true],
      ['https://page.example/', true],
      ['http://page.example/', false],
      ['https://', false],
    ] as const)
      assert.equal(allows('SignInCallback', address), isAllowed, address)
  })

  test('are refused before anything is deployed if they cannot be right', () => {
    const ten = `${'a'.repeat(63)}.`.repeat(3)
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB+/Ab\nCg==\n-----END CERTIFICATE-----\n'
    const allowed: Readonly<Record<string, readonly string[]>> = {
      LineHost1: ['line.example.co.jp', '10.20.0.5', 'a'],
      LineHost2B: ['', '10.20.0.5'],
      LinePort1: ['1', '9101', '65535'],
      LinePort3B: ['', '65535'],
      LineSecret: [
        'arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:itastream/line-AbC123',
        'arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:line_1+=.@-zzzzzz',
      ],
      LineTls: ['on', 'off'],
      // Line breaks, spaces in their place, and two certificates.
      LineCa: ['', pem, pem.replaceAll('\n', ' '), `${pem}${pem}`],
      TokenIssuer: ['', 'https://login.example.co.jp', 'https://t.example/', 'http://localhost:4001'],
      TokenAudience: ['boards', 'https://api.example'],
    }
    const refused: Readonly<Record<string, readonly string[]>> = {
      LineHost1: ['', 'line one', '-line', 'line.', 'tcp://line', 'line:9101', `${ten}${ten}`],
      LineHost2B: [' ', 'a/b'],
      LinePort1: ['', '0', '65536', '70000', '9101 ', '-1', '1e3'],
      LinePort3B: ['0', 'none'],
      LineSecret: [
        '',
        'open sesame',
        'itastream/line',
        'arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:itastream/line',
        'arn:aws:secretsmanager:ap-northeast-1:1234:secret:line-AbC123',
        'arn:aws:ssm:ap-northeast-1:123456789012:secret:line-AbC123',
      ],
      LineTls: ['', 'ON', 'true', 'yes'],
      LineCa: ['-', 'ca.pem', pem.replace('BEGIN', 'END'), pem.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
      TokenIssuer: [
        'http://login.example',
        'https://',
        'https://a.example/?x=1',
        'http://localhost.example:1',
      ],
      TokenAudience: ['', 'a b'],
    }
    const matches = (name: string, value: string): boolean =>
      new RegExp(`^(?:${Parameters[name]?.AllowedPattern})$`).test(value)
    for (const [name, values] of Object.entries(allowed))
      for (const value of values) assert.ok(matches(name, value), `${name}=${value}`)
    for (const [name, values] of Object.entries(refused))
      for (const value of values) assert.ok(!matches(name, value), `${name}=${value}`)
    for (const [name, { AllowedPattern, Type }] of Object.entries(Parameters))
      assert.ok(AllowedPattern !== undefined || Type === 'Number', name)
  })

  test('are refused together if there is a CA of the lines without TLS', () => {
    const { Rules } = template.toJSON() as { Rules: Record<string, unknown> }
    assert.deepEqual(Rules.LineCaNeedsTls, {
      RuleCondition: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'LineCa' }, ''] }] },
      Assertions: [
        {
          Assert: { 'Fn::Equals': [{ Ref: 'LineTls' }, 'on'] },
          AssertDescription: 'LineCa is used with LineTls=on alone.',
        },
      ],
    })
  })

  test('take the ARN of a secret for the canary, and nothing else', () => {
    const pattern = new RegExp(Parameters.CanarySecret?.AllowedPattern ?? '')
    const arn = 'arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:itastream/canary-Ab12Cd'
    assert.deepEqual(
      ['', arn, 'itastream-canary', `${arn}*`, arn.replace('secretsmanager', 'ssm'), arn.slice(0, -7)].map(
        text => pattern.test(text),
      ),
      [true, true, false, false, false, false],
    )
  })

  test('are outputs with these values', () => {
    const values = Object.entries(Outputs).map(([name, { Value }]) => [name, plain(Value)])
    assert.deepEqual(Object.fromEntries(values), {
      WebSocketUrl: 'wss://EdgeDistribution.DomainName/live',
      RestUrl: 'https://EdgeDistribution.DomainName',
      PageUrl: 'https://EdgeDistribution.DomainName',
      PageBucket: 'EdgePage',
      EdgeTarget: 'EdgeDistribution.DomainName',
      ConnectionsUrl: 'RealtimeApi.ApiEndpoint/live',
      TokenIssuer: 'SignInUsers.ProviderURL or TokenIssuer',
      TokenAudience: 'SignInUsersApp or TokenAudience',
      SignInUrl: 'https://SignInUsersPage.auth.Region.amazoncognito.com',
      AlarmPageTopic: 'AlarmsTopicsPage',
      AlarmNoticeTopic: 'AlarmsTopicsNotice',
      UserPoolId: 'SignInUsers',
      ArchiveBucket: 'ArchiveBucket',
      ControlTable: 'TablesControl',
      UsersTable: 'TablesUsers',
      ConnectionsTable: 'TablesConnections',
      BoardsTable: 'TablesBoards',
      TicksTable: 'TablesTicks',
      FailedBatches: 'FailedBatchesBucket',
      StoreTicks: 'StoreStoreTicksLive',
      MarketHours: 'ScheduleMarketHoursLive',
    })
  })

  test('is a network of two private subnets in two zones, without a gateway to the internet', () => {
    const count = (type: string): number =>
      Object.values(resources).filter(({ Type }) => Type === type).length
    assert.deepEqual(
      ['VPC', 'Subnet', 'InternetGateway', 'NatGateway', 'VPCEndpoint'].map(type =>
        count(`AWS::EC2::${type}`),
      ),
      [1, 2, 0, 0, 7],
    )
    assert.deepEqual(
      ofType('AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZoneId),
      ['apne1-az1', 'apne1-az4'],
    )
    for (const { Properties } of ofType('AWS::ECS::Service')) {
      const { AwsvpcConfiguration } = Properties.NetworkConfiguration as {
        AwsvpcConfiguration: Record<string, unknown>
      }
      assert.equal(AwsvpcConfiguration.AssignPublicIp, 'DISABLED')
      assert.equal((AwsvpcConfiguration.Subnets as unknown[]).length, 2)
    }
    assert.deepEqual(
      ofType('AWS::ECS::Cluster').map(({ Properties }) => plain(Properties.ClusterSettings)),
      ['Name=containerInsights Value=disabled'],
    )
  })

  test('refuses requests without TLS at the topics and at every bucket', () => {
    const policies = [...ofType('AWS::S3::BucketPolicy'), ...ofType('AWS::SNS::TopicPolicy')]
    assert.equal(policies.length, ofType('AWS::S3::Bucket').length + ofType('AWS::SNS::Topic').length)
    for (const { Properties } of policies) {
      const text = plain(Properties.PolicyDocument)
      assert.match(text, /Condition=Bool=aws:SecureTransport=false/)
      assert.match(text, /Effect=Deny/)
    }
    for (const { Properties } of ofType('AWS::S3::Bucket')) {
      assert.equal(
        plain(Properties.PublicAccessBlockConfiguration),
        'BlockPublicAcls=true BlockPublicPolicy=true IgnorePublicAcls=true RestrictPublicBuckets=true',
      )
    }
  })

  test('describes each function and schedule by what it does', () => {
    for (const [id, { Type, Properties }] of Object.entries(resources)) {
      if (Type === 'AWS::Lambda::Function')
        assert.match(String(Properties.Description), /^itastream [a-z-]+$/, nameOf(id))
      if (Type === 'AWS::Scheduler::Schedule')
        assert.match(String(Properties.Description), /^[A-Z].*\.$/, nameOf(id))
    }
  })
})
