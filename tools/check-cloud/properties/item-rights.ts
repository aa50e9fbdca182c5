/** Which roles reach single items of a table. */
import { KEPT_KEYS_PARTITION } from '../../../tables/connections/connections-keys.ts'
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import { type Statement, statementsOf } from './policies.ts'
import { type Resources, referredId } from './references.ts'

/** Partition keys of items in a table, whose logical id starts with `table`. */
interface Items {
  readonly table: string
  readonly keys: readonly string[]
}

/** Latest boards, as this release and release 0.1.0 write them. */
const BOARDS: Items = { table: 'TablesBoards', keys: ['boards#0', 'issue#7203'] }
/** The keys of the issuer, by which tokens are verified. */
const ISSUER_KEYS: Items = { table: 'TablesConnections', keys: [KEPT_KEYS_PARTITION] }

const READS = /^dynamodb:(BatchGetItem|GetItem|Query|Scan)$/
const WRITES = /^dynamodb:(BatchWriteItem|DeleteItem|PutItem|UpdateItem)$/

/** Policies of the functions whose routes need no token. */
const WITHOUT_TOKEN = ['RestDelayedPrices', 'RestMarketInfo']
/** Policies of the functions that verify tokens, and keep the keys of their issuer. */
const VERIFYING = ['RealtimeConnect', 'RealtimeMessage']

const LEADING_KEYS = 'dynamodb:LeadingKeys'

/** Returns whether a statement allows an item. A statement without a condition on keys allows every item of its table. */
function allowsKey({ Condition = {} }: Statement, key: string): boolean {
  return Object.entries(Condition).every(([operator, byKey]) => {
    if (!(LEADING_KEYS in byKey)) return true
    const patterns = [byKey[LEADING_KEYS]].flat().map(String)
    return patterns.some(pattern =>
      operator === 'ForAllValues:StringLike' && pattern.endsWith('*')
        ? key.startsWith(pattern.slice(0, -1))
        : key === pattern,
    )
  })
}

/** Returns the policies that allow an action on one of some items. */
function policiesFor(resources: Resources, actions: RegExp, { table, keys }: Items): string[] {
  return statementsOf(resources).flatMap(([id, statement]) => {
    const isTable = [statement.Resource].flat().some(each => referredId(each)?.startsWith(table) === true)
    const isAction = [statement.Action].flat().some(action => actions.test(action))
    return isTable && isAction && keys.some(key => allowsKey(statement, key)) ? [id] : []
  })
}

/** Returns the functions that answer without a token, and may read a latest board. */
export function boardsWithoutToken(resources: Resources): string[] {
  return policiesFor(resources, READS, BOARDS)
    .filter(id => WITHOUT_TOKEN.some(name => id.startsWith(name)))
    .map(id => `${id}: expected no right to read a latest board`)
}

/** Returns who may write the keys of the issuer, and verifies no token. */
export function foreignKeyWriters(resources: Resources): string[] {
  return policiesFor(resources, WRITES, ISSUER_KEYS)
    .filter(id => !VERIFYING.some(name => id.startsWith(name)))
    .map(id => `${id}: expected no right to write the keys of the issuer`)
}

export const ITEM_RIGHTS: readonly CloudProperty[] = [
  inEachStage('rights', 'no function that answers without a token may read a latest board', ({ resources }) =>
    boardsWithoutToken(resources),
  ),
  inEachStage(
    'rights',
    'only the functions that verify tokens may write the keys of the issuer',
    ({ resources }) => foreignKeyWriters(resources),
  ),
]
