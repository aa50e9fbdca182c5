/** Checks of the account and the region: bootstrap, quotas, service-linked role. */
import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam'
import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  type ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas'
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'

/** The version of the bootstrap stack that the synthesizer of the CDK asks for (aws-cdk-lib, DefaultStackSynthesizer). */
const BOOTSTRAP_VERSION = 6
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version'

/** @param region where the stack is deployed. */
export async function checkBootstrap(ssm: SSMClient, region: string): Promise<CheckResult> {
  const area = 'bootstrap'
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }))
    const version = Number(Parameter?.Value)
    if (version >= BOOTSTRAP_VERSION) return ok(area, `${region}: version ${version}`)
    return missing(
      area,
      `${region}: version ${version}, expected ${BOOTSTRAP_VERSION} or higher`,
      'Run npx cdk bootstrap.',
    )
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound')
      return missing(area, `${region}: no ${BOOTSTRAP_PARAMETER}`, 'Run npx cdk bootstrap: docs/deploy.md.')
    return unknown(area, error, 'Needs ssm:GetParameter.')
  }
}

/** @param needed executions at the same time. */
export async function checkConcurrency(lambda: LambdaClient, needed: number): Promise<CheckResult> {
  const area = 'quota'
  try {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
    const limit = AccountLimit?.ConcurrentExecutions ?? 0
    const found = `Lambda runs ${limit} functions at the same time, ${needed} are needed`
    if (limit >= needed) return ok(area, found)
    return missing(area, found, `Request ${needed} or more in Service Quotas: Lambda, L-B99A9384.`)
  } catch (error) {
    return unknown(area, error, 'Needs lambda:GetAccountSettings.')
  }
}

/**
 * The alarm of the concurrency goes off at a share of the stage's figure. A wrong figure makes it early or late.
 * @param configured the figure of the stage.
 */
export async function checkAlarmedConcurrency(
  lambda: LambdaClient,
  configured: number,
): Promise<CheckResult> {
  const area = 'quota'
  try {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
    const limit = AccountLimit?.ConcurrentExecutions ?? 0
    if (limit === configured) return ok(area, `alarms.accountConcurrency is the quota, ${limit}`)
    return missing(
      area,
      `alarms.accountConcurrency is ${configured}, the quota is ${limit}`,
      'Change alarms.accountConcurrency of the stage.',
    )
  } catch (error) {
    return unknown(area, error, 'Needs lambda:GetAccountSettings.')
  }
}

export interface Quota {
  readonly service: string
  readonly code: string
  /** For people. */
  readonly name: string
  readonly needed: number
}

export async function checkQuota(
  quotas: ServiceQuotasClient,
  { service, code, name, needed }: Quota,
): Promise<CheckResult> {
  const area = 'quota'
  try {
    const value = await readQuota(quotas, { ServiceCode: service, QuotaCode: code })
    const found = `${name}: ${value}, ${needed} are needed`
    if (value >= needed) return ok(area, found)
    return missing(
      area,
      found,
      `Request ${needed} or more in Service Quotas: ${code}. Or lower cdk/sizing.ts.`,
    )
  } catch (error) {
    return unknown(area, error, `Needs servicequotas:GetServiceQuota (${code}).`)
  }
}

/** An account whose quota was never changed has the value of AWS, which is another request. */
async function readQuota(
  quotas: ServiceQuotasClient,
  input: { readonly ServiceCode: string; readonly QuotaCode: string },
): Promise<number> {
  try {
    return (await quotas.send(new GetServiceQuotaCommand(input))).Quota?.Value ?? 0
  } catch (error) {
    if (!(error instanceof Error && error.name === 'NoSuchResourceException')) throw error
    return (await quotas.send(new GetAWSDefaultServiceQuotaCommand(input))).Quota?.Value ?? 0
  }
}

const ECS_ROLE = 'AWSServiceRoleForECS'

export async function checkServiceRole(iam: IAMClient): Promise<CheckResult> {
  const area = 'role'
  try {
    await iam.send(new GetRoleCommand({ RoleName: ECS_ROLE }))
    return ok(area, `${ECS_ROLE} exists`)
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException')
      return missing(
        area,
        `no ${ECS_ROLE}: the first deployment of an account may fail without it`,
        'Run aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
      )
    return unknown(area, error, 'Needs iam:GetRole.')
  }
}
