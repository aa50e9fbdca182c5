import assert from 'node:assert/strict'
import { after, afterEach, before, suite, test } from 'node:test'
import { ACMClient } from '@aws-sdk/client-acm'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { SSMClient } from '@aws-sdk/client-ssm'
import { STSClient } from '@aws-sdk/client-sts'
import {
  checkAlarmedConcurrency,
  checkBootstrap,
  checkConcurrency,
  checkQuota,
  checkServiceRole,
} from '../../../tools/preflight/account-checks.ts'
import type { CheckResult } from '../../../tools/preflight/check-result.ts'
import { checkCertificate } from '../../../tools/preflight/edge-checks.ts'
import { checkIdentity } from '../../../tools/preflight/identity-check.ts'
import { NEEDED_CONCURRENCY } from '../../../tools/preflight/needs.ts'
import { readDeployedStack } from '../../../tools/preflight/parameter-checks.ts'
import { checkSecret } from '../../../tools/preflight/secret-check.ts'
import { type AwsStandIn, denied, json, jsonError, startStandIn, xml, xmlError } from './aws-stand-in.ts'

const ACCOUNT = '111122223333'
const REGION = 'ap-northeast-1'
const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:line-AbCdEf`
const QUOTA = { service: 'apigateway', code: 'L-8A5B8E43', name: 'requests', needed: 10_000 }

let aws: AwsStandIn
let access: {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}
before(async () => {
  aws = await startStandIn()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  access = { endpoint: aws.url, region: REGION, credentials }
})
after(() => aws[Symbol.asyncDispose]())
afterEach(() => {
  aws.answers = {}
})

/** Asserts status, what is found, and that everything but `ok` says what to do. */
function assertResult(result: CheckResult, status: CheckResult['status'], found: RegExp): void {
  assert.equal(result.status, status, result.found)
  assert.match(result.found, found)
  assert.equal(result.todo === undefined, status === 'ok')
}

/** Answers with the concurrency of the account. */
const concurrency = (ConcurrentExecutions: number) => {
  const answer = json({ AccountLimit: { ConcurrentExecutions } })
  return {
    'GET /2016-08-19/account-settings': answer,
    'GET /2016-08-19/account-settings/': answer,
  }
}

suite('preflight', () => {
  test('names account, region and role, and refuses another account', async () => {
    const check = (expected?: string) => checkIdentity(new STSClient(access), REGION, expected)
    const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/deployer/me`
    aws.answers = {
      GetCallerIdentity: xml('GetCallerIdentity', `<Arn>${arn}</Arn><Account>${ACCOUNT}</Account>`),
    }
    assert.equal((await check()).account, ACCOUNT)
    assertResult((await check(ACCOUNT)).result, 'ok', /^111122223333, region ap-northeast-1, as arn:aws:sts/)
    assertResult((await check('999')).result, 'missing', /^111122223333/)
    aws.answers = { GetCallerIdentity: xmlError(403, 'ExpiredToken', 'expired') }
    assertResult((await check()).result, 'missing', /ExpiredToken|expired/)
  })

  test('finds the bootstrap stack, an old one, none, and no right to look', async () => {
    const check = () => checkBootstrap(new SSMClient(access), REGION)
    const version = (Value: string) => ({ GetParameter: json({ Parameter: { Value } }) })
    aws.answers = version('27')
    assertResult(await check(), 'ok', /^ap-northeast-1: version 27/)
    aws.answers = version('5')
    assertResult(await check(), 'missing', /version 5, expected 6 or higher/)
    aws.answers = { GetParameter: jsonError('ParameterNotFound') }
    assertResult(await check(), 'missing', /no \/cdk-bootstrap\/hnb659fds\/version/)
    aws.answers = { GetParameter: denied() }
    assertResult(await check(), 'unknown', /AccessDeniedException/)
  })

  test('compares the concurrency of the account with the reservations of the stack', async () => {
    // 100 + 100 + 50 of REST, 50 + 60 + 4 + 40 + 20 of the plan, 100 without a reservation.
    assert.equal(NEEDED_CONCURRENCY, 524)
    const check = () => checkConcurrency(new LambdaClient(access), NEEDED_CONCURRENCY)
    aws.answers = concurrency(524)
    assertResult(await check(), 'ok', /524 functions/)
    aws.answers = concurrency(10)
    assertResult(await check(), 'missing', /runs 10 functions at the same time, 524 are needed/)
    aws.answers = {}
    assertResult(await check(), 'unknown', /AccessDenied/)
  })

  test('compares the concurrency of the alarm with the quota of the account', async () => {
    const check = () => checkAlarmedConcurrency(new LambdaClient(access), 1_000)
    aws.answers = concurrency(1_000)
    assertResult(await check(), 'ok', /is the quota, 1000$/)
    aws.answers = concurrency(5_000)
    assertResult(await check(), 'missing', /accountConcurrency is 1000, the quota is 5000$/)
    aws.answers = {}
    assertResult(await check(), 'unknown', /AccessDenied/)
  })

  test('finds the certificate of a domain in us-east-1, if it is issued for the name', async () => {
    const arn = `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/1`
    const check = (certificateArn = arn) =>
      checkCertificate(new ACMClient(access), { name: 'boards.example', certificateArn })
    const status = (Status: string, ...SubjectAlternativeNames: string[]) => ({
      DescribeCertificate: json({ Certificate: { Status, SubjectAlternativeNames } }),
    })
    aws.answers = status('ISSUED', 'other.example', 'boards.example')
    assertResult(
      await check(),
      'ok',
      /^boards\.example: its certificate is ISSUED for other\.example, boards\.example$/,
    )
    aws.answers = status('ISSUED', 'other.example', '*.boards.example')
    assertResult(
      await check(),
      'missing',
      /^boards\.example: its certificate is for other\.example, \*\.boards\.example$/,
    )
    aws.answers = status('ISSUED')
    assertResult(await check(), 'missing', /^boards\.example: its certificate is for no name$/)
    aws.answers = status('PENDING_VALIDATION')
    assertResult(await check(), 'missing', /its certificate is PENDING_VALIDATION$/)
    aws.answers = { DescribeCertificate: jsonError('ResourceNotFoundException') }
    assertResult(await check(), 'missing', /^boards\.example: no arn:aws:acm:us-east-1:/)
    aws.answers = { DescribeCertificate: denied() }
    assertResult(await check(), 'unknown', /AccessDenied/)
    const elsewhere = arn.replace('us-east-1', REGION)
    assertResult(await check(elsewhere), 'missing', /^boards\.example: its certificate is in ap-northeast-1$/)
  })

  test('compares a quota, and asks for the value of AWS where the account has no own', async () => {
    const check = () => checkQuota(new ServiceQuotasClient(access), QUOTA)
    const value = (Value: number) => json({ Quota: { Value } })
    aws.answers = { GetServiceQuota: value(10_000) }
    assertResult(await check(), 'ok', /requests: 10000/)
    aws.answers = { GetServiceQuota: value(2_500) }
    assertResult(await check(), 'missing', /requests: 2500, 10000 are needed/)
    const none = jsonError('NoSuchResourceException')
    aws.answers = { GetServiceQuota: none, GetAWSDefaultServiceQuota: value(10_000) }
    assertResult(await check(), 'ok', /requests: 10000/)
    aws.answers = { GetServiceQuota: none, GetAWSDefaultServiceQuota: denied() }
    assertResult(await check(), 'unknown', /AccessDenied/)
  })

  test('finds the service-linked role of ECS', async () => {
    const check = () => checkServiceRole(new IAMClient(access))
    const role = '<Role><RoleName>AWSServiceRoleForECS</RoleName></Role>'
    aws.answers = { GetRole: xml('GetRole', role) }
    assertResult(await check(), 'ok', /AWSServiceRoleForECS exists/)
    aws.answers = { GetRole: xmlError(404, 'NoSuchEntity', 'none') }
    assertResult(await check(), 'missing', /no AWSServiceRoleForECS/)
    aws.answers = { GetRole: xmlError(403, 'AccessDenied', 'no right') }
    assertResult(await check(), 'unknown', /AccessDenied/)
  })

  test('finds a secret with a value in this account and region, and never reads the value', async () => {
    const check = (arn = SECRET) =>
      checkSecret(new SecretsManagerClient(access), 'LineSecret', arn, { account: ACCOUNT, region: REGION })
    const secret = (VersionIdsToStages: object, rest: object = {}) => ({
      DescribeSecret: json({ ARN: SECRET, VersionIdsToStages, ...rest }),
    })
    aws.called.length = 0
    aws.answers = secret({ one: ['AWSPREVIOUS'], two: ['AWSCURRENT'] })
    assertResult(await check(), 'ok', /LineSecret exists and has a value/)
    aws.answers = secret({})
    assertResult(await check(), 'missing', /LineSecret has no value/)
    aws.answers = secret({ two: ['AWSCURRENT'] }, { DeletedDate: 1_700_000_000 })
    assertResult(await check(), 'missing', /LineSecret is deleted/)
    aws.answers = { DescribeSecret: jsonError('ResourceNotFoundException') }
    assertResult(await check(), 'missing', /does not exist/)
    aws.answers = { DescribeSecret: denied() }
    assertResult(await check(), 'unknown', /AccessDenied/)
    assert.deepEqual(new Set(aws.called), new Set(['DescribeSecret']))
    const elsewhere = SECRET.replace(REGION, 'us-east-1')
    assertResult(await check(elsewhere), 'missing', /LineSecret is in account 111122223333, region us-east-1/)
  })

  test('reads the values that a stack keeps, and its state', async () => {
    const read = () => readDeployedStack(new CloudFormationClient(access), 'Itastream')
    const parameter = '<ParameterKey>LinePort1</ParameterKey><ParameterValue>9101</ParameterValue>'
    const stack = (status: string) => ({
      DescribeStacks: xml(
        'DescribeStacks',
        `<Stacks><member><StackName>Itastream</StackName><StackStatus>${status}</StackStatus>` +
          `<Parameters><member>${parameter}</member></Parameters></member></Stacks>`,
      ),
    })
    aws.answers = stack('UPDATE_COMPLETE')
    const found = await read()
    assert.deepEqual(found.values, { LinePort1: '9101' })
    assertResult(found.result, 'ok', /Itastream is UPDATE_COMPLETE/)
    for (const status of ['ROLLBACK_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_FAILED']) {
      aws.answers = stack(status)
      assertResult((await read()).result, 'missing', new RegExp(status))
    }
    aws.answers = stack('UPDATE_ROLLBACK_COMPLETE')
    assertResult((await read()).result, 'ok', /UPDATE_ROLLBACK_COMPLETE/)
    const none = xmlError(400, 'ValidationError', 'Stack with id Itastream does not exist')
    aws.answers = { DescribeStacks: none }
    assertResult((await read()).result, 'ok', /does not exist yet/)
    aws.answers = { DescribeStacks: xmlError(403, 'AccessDenied', 'no right') }
    assertResult((await read()).result, 'unknown', /AccessDenied/)
  })
})
