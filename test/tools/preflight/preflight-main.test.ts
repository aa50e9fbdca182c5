import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { TOKYO_PREFIX_LISTS } from '../../../cdk/network/network-config.ts'
import { STAGES } from '../../../cdk/stages/stages.ts'
import type { CheckResult } from '../../../tools/preflight/check-result.ts'
import { checkFirewall } from '../../../tools/preflight/edge-checks.ts'
import { checkParameters, declaredParameters, valuesOf } from '../../../tools/preflight/parameter-checks.ts'
import { runPreflight } from '../../../tools/preflight/run-preflight.ts'
import { NO_LINES } from '../../no-lines.ts'
import {
  type AwsStandIn,
  ec2,
  endpointServices,
  json,
  prefixLists,
  startStandIn,
  xml,
  xmlError,
  zones,
} from './aws-stand-in.ts'

const MAIN = join(import.meta.dirname, '../../../tools/preflight/preflight-main.ts')

/** The credentials of a test. @param url where AWS is. */
const access = (url: string) => ({
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'ap-northeast-1',
  AWS_ENDPOINT_URL: url,
  AWS_MAX_ATTEMPTS: '1',
})

/** Runs the tool. @param url where AWS is. */
async function preflight(args: readonly string[], url = 'http://127.0.0.1:1') {
  const env = { PATH: process.env.PATH, ...access(url) }
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { out, err, code }
}

function answerWell(aws: AwsStandIn): void {
  const settings = json({ AccountLimit: { ConcurrentExecutions: 1_000 } })
  aws.answers = {
    GetCallerIdentity: xml('GetCallerIdentity', '<Account>111122223333</Account>'),
    DescribeStacks: xmlError(400, 'ValidationError', 'Stack with id Itastream does not exist'),
    GetParameter: json({ Parameter: { Value: '27' } }),
    'GET /2016-08-19/account-settings': settings,
    'GET /2016-08-19/account-settings/': settings,
    DescribeAvailabilityZones: zones('apne1-az1', 'apne1-az2', 'apne1-az4'),
    DescribeVpcEndpointServices: endpointServices('ap-northeast-1', { logs: ['APNE1-AZ1', 'APNE1-AZ2'] }),
    DescribeManagedPrefixLists: prefixLists('ap-northeast-1', TOKYO_PREFIX_LISTS),
    GetServiceQuota: json({ Quota: { Value: 10_000 } }),
    GetRole: xml('GetRole', '<Role><RoleName>AWSServiceRoleForECS</RoleName></Role>'),
    DescribeSecret: json({ VersionIdsToStages: { one: ['AWSCURRENT'] } }),
  }
}

suite('npm run preflight', () => {
  test('explains itself, and refuses a bad command line in one sentence', async () => {
    const help = await preflight(['--help'])
    assert.equal(help.code, 0)
    assert.match(help.out, /Usage: npm run -s preflight -- \[options\]/)
    for (const [args, complaint] of [
      [['--stage', 'production'], '--stage: expected dev, test, prod, got "production"'],
      [['--parameters', 'LineHost1'], '--parameters: expected NAME=VALUE, got "LineHost1"'],
    ] as const) {
      const { err, code } = await preflight(args)
      assert.deepEqual([err, code], [`preflight: ${complaint}. See npm run -s preflight -- --help.\n`, 2])
    }
  })

  test('says what a new account lacks, a line each with what to do', async () => {
    await using aws = await startStandIn()
    answerWell(aws)
    aws.answers = { ...aws.answers, GetRole: xmlError(404, 'NoSuchEntity', 'none') }
    const { out, code } = await preflight(['--parameters', 'LineHost1=a b'], aws.url)
    assert.equal(code, 1)
    assert.match(out, /^ok {7}account {4}111122223333, region ap-northeast-1/)
    assert.match(out, /^missing {2}parameter {2}LineHost1=a b\n {20}Expected \^/m)
    assert.match(out, /^missing {2}parameter {2}LinePort2 has no value\n {20}Add --parameters LinePort2=…$/m)
    assert.match(
      out,
      /^ok {7}bootstrap {2}ap-northeast-1: version 27\nok {7}bootstrap {2}us-east-1: version 27$/m,
    )
    assert.match(out, /^missing {2}firewall {3}WebAclArn is empty/m)
    assert.match(out, /^ok {7}network {4}apne1-az4: Fargate runs in apne1-az4$/m)
    assert.match(
      out,
      /^missing {2}network {4}com\.amazonaws\.ap-northeast-1\.logs has no endpoints in apne1-az4$/m,
    )
    assert.match(out, /^ok {7}network {4}com\.amazonaws\.ap-northeast-1\.s3 is pl-61a54008$/m)
    assert.match(out, /^ok {7}quota {6}alarms\.accountConcurrency is the quota, 1000$/m)
    assert.match(out, /^unknown {2}backup {5}backup\.copyTo is not set/m)
    assert.match(out, /^missing {2}line {7}192\.0\.2\.0\/24 reaches nobody$/m)
    assert.doesNotMatch(out, /^\w+ +domain/m)
    assert.match(out, /^missing {2}role {7}no AWSServiceRoleForECS/m)
    assert.match(out, /\n\d+ ok, \d+ missing, \d+ unknown\n$/)
  })

  test('stops without credentials, because nothing else could be read', async () => {
    const { out, code } = await preflight(['--json'])
    assert.equal(code, 1)
    const { results, stage } = JSON.parse(out) as { results: CheckResult[]; stage: string }
    assert.equal(stage, 'prod')
    assert.deepEqual(
      results.map(({ area, status }) => [area, status]),
      [['account', 'missing']],
    )
  })
})

test('preflight asks for the certificate and the transit gateway of a stage that has them', async () => {
  await using aws = await startStandIn()
  answerWell(aws)
  aws.answers = {
    ...aws.answers,
    DescribeCertificate: json({
      Certificate: { Status: 'ISSUED', SubjectAlternativeNames: ['boards.example'] },
    }),
    DescribeTransitGateways: ec2(
      'DescribeTransitGateways',
      '<transitGatewaySet><item><state>available</state></item></transitGatewaySet>',
    ),
  }
  Object.assign(process.env, access(aws.url))
  const { prod } = STAGES
  const domain = {
    name: 'boards.example',
    certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/1',
  }
  assert.ok(prod.edge !== undefined && prod.network.kind === 'own')
  const results = await runPreflight({
    stage: {
      ...prod,
      edge: { ...prod.edge, domain },
      network: { ...prod.network, route: { kind: 'transit-gateway', transitGatewayId: 'tgw-1' } },
    },
    region: 'ap-northeast-1',
    account: undefined,
    declared: {},
    given: {},
    baseImage: { name: 'node:24', tag: '24', digest: 'sha256:1' },
    repository: undefined,
  })
  const found = results.map(({ status, found }) => `${status} ${found}`)
  assert.ok(
    found.includes('ok boards.example: its certificate is ISSUED for boards.example'),
    found.join('\n'),
  )
  assert.ok(found.includes('ok tgw-1 is available'), found.join('\n'))
})

test('a parameter has the value of the command line, else that of the stack, else its default', () => {
  const declared = {
    Given: { AllowedPattern: '^a$' },
    Kept: { Default: 'd' },
    Default: { Default: '' },
    Number: { Default: '5', MinValue: 1, MaxValue: 9 },
    Long: { Default: 'abcd', AllowedPattern: '^[a-z]*$', MaxLength: 3 },
    None: {},
  }
  const values = valuesOf(declared, { Given: 'a', Number: '10' }, { Given: 'b', Kept: 'k' })
  assert.deepEqual(values, { Given: 'a', Kept: 'k', Default: '', Number: '10', Long: 'abcd' })
  const texts = checkParameters(declared, { Given: 'a', Stranger: '1' }, values).map(
    ({ status, found, todo }) => `${status} ${found}: ${todo}`,
  )
  assert.deepEqual(texts, [
    'missing Stranger is no parameter of the stack: Leave it out.',
    'missing Number=10: Expected a number from 1 to 9.',
    'missing Long=abcd: Expected 3 characters at most, got 4.',
    'missing None has no value: Add --parameters None=…',
  ])
})

test('an edge has a firewall if its ARN is given', () => {
  assert.equal(checkFirewall({ WebAclArn: 'arn:aws:wafv2:…' }).status, 'ok')
  assert.equal(checkFirewall({ WebAclArn: '' }).status, 'missing')
  assert.equal(checkFirewall({}).status, 'missing')
})

test('the lines are all that a first deployment must give', () => {
  const declared = declaredParameters(STAGES.prod)
  const [result, ...others] = checkParameters(declared, NO_LINES, valuesOf(declared, NO_LINES, {}))
  assert.deepEqual(others, [])
  assert.equal(result?.status, 'ok')
})
