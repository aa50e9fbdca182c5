/** What features have in common: apps with users of their own, and looks into the tables. */
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import type { EpochMillis } from '../../../../market/units.ts'
import { type LineItem, lineId } from '../../../../tables/boards/board-items.ts'
import { lineRecordOf } from '../../../../tables/boards/line-record.ts'
import { KEPT_KEYS_PARTITION } from '../../../../tables/connections/connections-keys.ts'
import type { ConnectionItem } from '../../../../tables/connections/connections-table.ts'
import { getJson } from '../../../system/get-json.ts'
import { openPlainApp, type PlainApp } from '../../../system/plain-app.ts'
import { keepKeys, type RightsStage } from '../rights-stage.ts'
import type { FeaturesOf } from '../withheld-rights.ts'

export type Features = FeaturesOf<RightsStage>

/** Life of the token of a new connection (s): shorter than that of the token that renews it. */
const FIRST_TOKEN_SECONDS = 200
export async function get({ system, newUser }: RightsStage, path: string): Promise<void> {
  const isRealtime = path.startsWith('/v1/realtime/')
  const token = isRealtime ? await system.issuer.token(newUser()) : ''
  await getJson(`${system.cloud.httpUrl}${path}`, isRealtime ? { authorization: `Bearer ${token}` } : {})
}

/** Opens an app of a user, and closes it after `use`. */
export async function withApp(
  { system, newUser }: RightsStage,
  use: (app: PlainApp, user: string) => Promise<void>,
  user = newUser(),
): Promise<void> {
  const app = await openPlainApp(
    system.cloud.websocketUrl,
    await system.issuer.token(user, { expiresIn: FIRST_TOKEN_SECONDS }),
  )
  try {
    await use(app, user)
  } finally {
    app.close()
  }
}

export const receives = ({ wait }: RightsStage, app: PlainApp, type: string): Promise<void> =>
  wait(() => app.received.some(message => message.type === type), `a message ${type}`)

export async function item({ system, tables }: RightsStage, table: string, Key: object): Promise<unknown> {
  return (await tables.send(new GetCommand({ TableName: system.cloud.ref(table), Key }))).Item
}

export async function connectionOf(stage: RightsStage, user: string): Promise<ConnectionItem | undefined> {
  return (await stage.items<ConnectionItem>('TablesConnections')).find(each => each.user === user)
}

export async function storedConnection(stage: RightsStage, user: string): Promise<ConnectionItem> {
  let found: ConnectionItem | undefined
  await stage.wait(async () => {
    found = await connectionOf(stage, user)
    return found !== undefined
  }, 'a stored connection')
  return found!
}

/**
 * Deletes the kept keys of the issuer, and waits until a new environment of a function keeps them again.
 * @param use lets the function verify a token.
 */
export async function keepsKeys(stage: RightsStage, fn: string, use: () => Promise<void>): Promise<void> {
  const TableName = stage.system.cloud.ref('TablesConnections')
  const Key = { room: KEPT_KEYS_PARTITION, connection: stage.system.issuer.url }
  await stage.tables.send(new DeleteCommand({ TableName, Key }))
  await stage.system.cloud.crashFunction(fn)
  try {
    await use()
    await stage.wait(async () => (await item(stage, 'TablesConnections', Key)) !== undefined, 'kept keys')
  } finally {
    await keepKeys(stage)
  }
}

/** Waits until broadcast gets a new report of the line. That broadcast calls a silent line stale is none. */
export async function reports(
  stage: RightsStage,
  line: number,
  limit?: { readonly limitMs: number; readonly pollMs: number },
): Promise<void> {
  const read = async (): Promise<EpochMillis> =>
    lineRecordOf((await item(stage, 'TablesBoards', { id: lineId(line) })) as LineItem).reportedAt
  const before = await read()
  await stage.wait(async () => (await read()) !== before, `a report of line ${line}`, limit)
}
