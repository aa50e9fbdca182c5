/**
 * Short names of the rights of the template, equal in all stages and runs: `RealtimeConnect` may `dynamodb:PutItem on
 * TablesConnections`.
 */
import type { RoleRight } from '@itastream/local-cloud'

type Named = Pick<RoleRight, 'role' | 'action' | 'resource' | 'condition'>

/** What CDK appends to a logical id. Names of buckets are in lower case. */
const HASH = /[0-9A-F]{8}(?=[/:*]|$)/g
const BUCKET_HASH = /[0-9a-f]{8}(?=\/|$)/
/** What stands before the name of a resource in its ARN: `arn:aws:dynamodb:ap-northeast-1:000000000000:table/`. A star stays in the name. */
const BEFORE_NAME =
  /^arn:aws:[^:*]*:(?:ap-northeast-1)?:(?:000000000000)?:(?:table\/|stream\/|function:|service\/[^/]*\/|schedule\/default\/|secret:|role\/|log-group:|repository\/)?/
/** The stack's name before the logical id. */
const STACK = /\b[Ii]tastream(?:[Dd]ev|[Tt]est)?-/
/** The id of an API, which is different in each run. */
const API_ID = /^[a-z0-9]{10}(?=\/)/
/** What the local cloud appends to secrets and consumers, as AWS does. */
const SUFFIX = /-local0$|:\d+$/
const MAPPING = /event-source-mapping:(.*)$/

/** Returns the name of a role without `Role` at its end. */
export function roleName({ role }: Pick<Named, 'role'>): string {
  return role.replace(HASH, '').replace(/Role$/, '')
}

/** @param mappings the logical ids of the event source mappings by their physical ids. */
export function rightName(
  { action, resource, condition }: Named,
  mappings: ReadonlyMap<string, string>,
): string {
  const keys = Object.values(condition ?? {}).flatMap(byKey => Object.values(byKey).flat())
  const name = resourceName(resource, mappings)
  return `${action} on ${name}${keys.length === 0 ? '' : ` [${keys.join(', ')}]`}`
}

function resourceName(arn: string, mappings: ReadonlyMap<string, string>): string {
  const mapping = mappings.get(MAPPING.exec(arn)?.[1] ?? '')
  if (mapping !== undefined) return `mapping of ${/^(.*)Live/.exec(mapping)?.[1]}`
  const name = arn.replace(BEFORE_NAME, '').replace(STACK, '').replace(SUFFIX, '')
  if (arn.startsWith('arn:aws:s3:')) return name.replace(BUCKET_HASH, '')
  return name.replace(
    arn.includes(':execute-api:') ? API_ID : HASH,
    arn.includes(':execute-api:') ? 'api' : '',
  )
}
