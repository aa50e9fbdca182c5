/** Environment variables that functions and tasks have in addition to those of the template. */
import { devNull } from 'node:os'
import type { AccessKey } from './iam/roles.ts'
import { REGION } from './template/place.ts'

/** Services of the endpoint, by their names in the variables of the SDK. */
const SERVICES = [
  'KINESIS',
  'DYNAMODB',
  'LAMBDA',
  'ECS',
  'S3',
  'CLOUDWATCH',
  'SCHEDULER',
  'SQS',
  'SECRETS_MANAGER',
]

/**
 * Returns region, access key and the endpoint of every service. No call leaves this machine, and no call is made with
 * the user's configuration for the real AWS.
 */
export function awsVariables(endpointUrl: string, key: AccessKey): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: key.id,
    AWS_SECRET_ACCESS_KEY: key.secret,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_ENDPOINT_URL: endpointUrl,
    ...Object.fromEntries(SERVICES.map(service => [`AWS_ENDPOINT_URL_${service}`, endpointUrl])),
  }
}
