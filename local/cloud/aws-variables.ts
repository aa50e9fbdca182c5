/** What every program of the local cloud has in its environment beside what the template says. */
import { devNull } from 'node:os'
import type { AccessKey } from './iam/roles.ts'
import { REGION } from './template/place.ts'

/** Services that the endpoint serves, as the SDK names them in its variables. */
const SERVICES = ['KINESIS', 'DYNAMODB', 'LAMBDA', 'ECS', 'S3']

/**
 * Region, the access key of its own role, and the endpoint for every service: no call leaves this machine, and none
 * is made with what somebody has configured for the real AWS.
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
