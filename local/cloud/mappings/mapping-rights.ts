/** What the role of a function must allow for a mapping to work; AWS refuses the mapping otherwise. */
import type { Principal } from '../iam/roles.ts'
import type { MappingDefinition } from './mapping-definition.ts'

/** Actions and resources that are missing, as `action on arn`. */
export function missingRights(mapping: MappingDefinition, { permissions }: Principal): string[] {
  const { streamArn, sourceArn, fanOut, failureBucket } = mapping
  const needed: [action: string, resource: string][] = [
    ['kinesis:DescribeStreamSummary', streamArn],
    ['kinesis:ListShards', streamArn],
    ['kinesis:GetShardIterator', streamArn],
    ['kinesis:GetRecords', streamArn],
  ]
  if (fanOut) needed.push(['kinesis:SubscribeToShard', sourceArn])
  if (failureBucket !== undefined) needed.push(['s3:PutObject', `arn:aws:s3:::${failureBucket}/aws/lambda/x`])
  return needed
    .filter(([action, resource]) => !permissions.allows(action, resource))
    .map(([action, resource]) => `${action} on ${resource}`)
}
