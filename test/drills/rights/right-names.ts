/** Short names of the rights of the template, without the hashes of CDK: `RealtimeConnect: dynamodb:PutItem on TablesConnections`. */
import type { RoleRight } from '@itastream/local-cloud'

/** What CDK appends to a logical id. */
const HASH = /[0-9A-F]{8}(?=[/:*]|$)/g
/** What stands before the name of a resource in its ARN: `arn:aws:dynamodb:ap-northeast-1:000000000000:table/Itastream-`. */
const BEFORE_NAME =
  /^arn:aws:[^:]*:[^:]*:[^:]*:(?:table\/|stream\/|function:|service\/|schedule\/default\/)?(?:Itastream-)?/
/** The id of an API, which is different in each run. */
const API_ID = /^[a-z0-9]{10}(?=\/)/

/** Returns the name of a role without `Role` at its end. */
export function roleName({ role }: Pick<RoleRight, 'role'>): string {
  return role.replace(HASH, '').replace(/Role$/, '')
}

export function rightName({ role, action, resource, condition }: RoleRight): string {
  const name = resource.replace(BEFORE_NAME, '').replace(API_ID, 'api').replace(HASH, '')
  const keys = Object.values(condition ?? {}).flatMap(byKey => Object.values(byKey).flat())
  return `${roleName({ role })}: ${action} on ${name}${keys.length === 0 ? '' : ` [${keys.join(', ')}]`}`
}
