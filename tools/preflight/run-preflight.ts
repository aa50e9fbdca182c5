/** Runs all checks of a stage. It only reads. */
import { ACMClient } from '@aws-sdk/client-acm'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { EC2Client } from '@aws-sdk/client-ec2'
import { IAMClient } from '@aws-sdk/client-iam'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { SSMClient } from '@aws-sdk/client-ssm'
import { STSClient } from '@aws-sdk/client-sts'
import type { StageConfig } from '../../cdk/stages/stage-config.ts'
import {
  checkAlarmedConcurrency,
  checkBootstrap,
  checkConcurrency,
  checkQuota,
  checkServiceRole,
} from './account-checks.ts'
import { checkBackups } from './backup-check.ts'
import { type BaseImage, checkBaseImage } from './base-image-check.ts'
import type { CheckResult } from './check-result.ts'
import { checkCertificate, checkFirewall, EDGE_REGION } from './edge-checks.ts'
import { checkIdentity } from './identity-check.ts'
import { checkIssuer, checkScopes, checkSignInOrigins } from './issuer-check.ts'
import { checkLineHosts, checkLineNetworks, checkLineTls } from './line-checks.ts'
import { NEEDED_CONCURRENCY, NEEDED_QUOTAS } from './needs.ts'
import { checkNetwork } from './network-checks.ts'
import {
  checkParameters,
  type Declared,
  readDeployedStack,
  type Values,
  valuesOf,
} from './parameter-checks.ts'
import { checkSecret } from './secret-check.ts'

export interface PreflightOptions {
  readonly stage: StageConfig
  readonly region: string
  /** Account that the deployment is for. Undefined: that of the credentials. */
  readonly account: string | undefined
  readonly declared: Declared
  /** Values of the command line. */
  readonly given: Values
  readonly baseImage: BaseImage
  /** URL of its repository at a registry. Undefined: none is asked. */
  readonly repository: string | undefined
}

const SECRET_ARN = /^arn:[\w-]+:secretsmanager:/

export async function runPreflight(options: PreflightOptions): Promise<CheckResult[]> {
  const { stage, region, declared, given, baseImage } = options
  const access = { region }
  const identity = await checkIdentity(new STSClient(access), region, options.account)
  // Without credentials every other request would fail for the same reason.
  if (identity.result.status !== 'ok') return [identity.result]
  const stack = await readDeployedStack(new CloudFormationClient(access), stage.stackName)
  const values = valuesOf(declared, given, stack.values)
  const quotas = new ServiceQuotasClient(access)
  const secrets = new SecretsManagerClient(access)
  const place = { account: identity.account, region }
  const checks: readonly (Promise<CheckResult | readonly CheckResult[]> | readonly CheckResult[])[] = [
    [identity.result, stack.result],
    checkParameters(declared, given, values),
    checkBootstrap(new SSMClient(access), region),
    ...(stage.edge === undefined
      ? []
      : [checkBootstrap(new SSMClient({ region: EDGE_REGION }), EDGE_REGION), [checkFirewall(values)]]),
    ...(stage.edge?.domain === undefined
      ? []
      : [checkCertificate(new ACMClient({ region: EDGE_REGION }), stage.edge.domain)]),
    ...(stage.data.backup === undefined ? [] : [[checkBackups(stage.data.backup)]]),
    checkNetwork(new EC2Client(access), stage.network, region),
    checkConcurrency(new LambdaClient(access), NEEDED_CONCURRENCY),
    checkAlarmedConcurrency(new LambdaClient(access), stage.alarms.accountConcurrency),
    ...NEEDED_QUOTAS.map(quota => checkQuota(quotas, quota)),
    checkServiceRole(new IAMClient(access)),
    ...Object.entries(values)
      .filter(([, value]) => SECRET_ARN.test(value))
      .map(([name, arn]) => checkSecret(secrets, name, arn, place)),
    ...(values.TokenIssuer ? [checkIssuer(values.TokenIssuer)] : []),
    ...(values.TokenIssuer && stage.edge !== undefined
      ? [checkSignInOrigins(values.TokenIssuer, stage.edge.signInOrigins)]
      : []),
    checkScopes(values),
    checkLineNetworks(stage.network),
    checkLineHosts(values, stage.network),
    checkLineTls(values),
    checkBaseImage(baseImage, options.repository),
  ]
  return (await Promise.all(checks)).flat()
}
