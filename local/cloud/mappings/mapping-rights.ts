/** The rights that a mapping needs from the role of its function. AWS refuses a mapping without them. */
import type { Principal } from '../iam/roles.ts'
import type { MappingDefinition } from './mapping-definition.ts'

/** Returns the missing rights, as `action on arn`. */
export function missingRights(mapping: MappingDefinition, { permissions }: Principal): string[] {
  const { streamArn, sourceArn, fanOut, failureBucket } = mapping
  const rights: [action: string, resource: string][] = [
    ['kinesis:DescribeStreamSummary', streamArn],
    ['kinesis:ListShards', streamArn],
    ['kinesis:GetShardIterator', streamArn],
    ['kinesis:GetRecords', streamArn],
  ]
  if (fanOut) rights.push(['kinesis:SubscribeToShard', sourceArn])
  if (failureBucket !== undefined) rights.push(['s3:PutObject', `arn:aws:s3:::${failureBucket}/aws/lambda/x`])
  return rights
    .filter(([action, resource]) => !permissions.allows(action, resource))
    .map(([action, resource]) => `${action} on ${resource}`)
}
