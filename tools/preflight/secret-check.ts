/** Checks that a secret exists and has a value. The value itself is not read. */
import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type CheckResult, missing, ok, unknown } from './check-result.ts'

/** The version that a task gets (Secrets Manager user guide, version stages). */
const CURRENT = 'AWSCURRENT'

/** The place where the secret must be. */
export interface SecretPlace {
  readonly account: string
  readonly region: string
}

/** @param name the parameter of the stack. @param arn the value of the parameter. */
export async function checkSecret(
  secrets: SecretsManagerClient,
  name: string,
  arn: string,
  place: SecretPlace,
): Promise<CheckResult> {
  const area = 'secret'
  const [, , , region, account] = arn.split(':')
  if (region !== place.region || account !== place.account)
    return missing(
      area,
      `${name} is in account ${account}, region ${region}`,
      `Make it in account ${place.account}, region ${place.region}.`,
    )
  try {
    const secret = await secrets.send(new DescribeSecretCommand({ SecretId: arn }))
    if (secret.DeletedDate !== undefined)
      return missing(area, `${name} is deleted`, 'Run aws secretsmanager restore-secret.')
    const stages = Object.values(secret.VersionIdsToStages ?? {}).flat()
    if (stages.includes(CURRENT)) return ok(area, `${name} exists and has a value`)
    return missing(area, `${name} has no value`, 'Run aws secretsmanager put-secret-value.')
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException')
      return missing(area, `${name}: ${arn} does not exist`, 'Make it before the deployment: docs/deploy.md.')
    return unknown(area, error, `Needs secretsmanager:DescribeSecret on ${name}.`)
  }
}
