/** The errors of a table that throttles (DynamoDB developer guide, "Diagnosing throttling"). */
import { AwsError } from '../aws-error.ts'

const HOT_KEY =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html'

export interface Throttling {
  /** ARN of the table. */
  readonly arn: string
  readonly isProvisioned: boolean
  readonly isRead: boolean
}

export function throttlingError({ arn: resource, isProvisioned, isRead }: Throttling): AwsError {
  const direction = isRead ? 'Read' : 'Write'
  if (isProvisioned) {
    const reason = `Table${direction}ProvisionedThroughputExceeded`
    return new AwsError(
      400,
      'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
      { details: { ThrottlingReasons: [{ reason, resource }] } },
    )
  }
  const reason = `Table${direction}KeyRangeThroughputExceeded`
  return new AwsError(
    400,
    'com.amazon.coral.availability#ThrottlingException',
    `Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: ${HOT_KEY}`,
    { details: { throttlingReasons: [{ reason, resource }] } },
  )
}
