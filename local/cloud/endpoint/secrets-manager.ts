import { AwsError } from '../aws-error.ts'
import type { Secrets } from '../stores/secrets.ts'
import type { JsonService } from './service.ts'

interface Input {
  readonly SecretId?: string
  readonly VersionStage?: string
}

/** The stage of the only version that a secret has here. */
const CURRENT = 'AWSCURRENT'

/** Makes the service of Secrets Manager: GetSecretValue by the ARN of the secret. */
export function secretsManagerService(secrets: Secrets): JsonService {
  return {
    target: 'secretsmanager',
    operation: name =>
      name === 'GetSecretValue'
        ? async input => {
            const { SecretId = '', VersionStage = CURRENT } = input as Input
            const SecretString = VersionStage === CURRENT ? secrets.get(SecretId) : undefined
            if (SecretString === undefined) {
              throw new AwsError(
                400,
                'ResourceNotFoundException',
                `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`,
              )
            }
            return { ARN: SecretId, SecretString, VersionStages: [CURRENT] }
          }
        : undefined,
    needs: (operation, input) => [
      { action: `secretsmanager:${operation}`, resource: (input as Input).SecretId ?? '*' },
    ],
  }
}
