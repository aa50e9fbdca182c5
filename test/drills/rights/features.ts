/**
 * What apps notice of the functions that answer them. A right of a function's role can only change the features of this function:
 * no other function has the role.
 */
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { ROOM_COUNT } from '../../../cdk/sizing.ts'
import { MOST_CONNECTIONS_A_USER } from '../../../contract/settings.ts'
import { nowMillis } from '../../../market/units.ts'
import { KEPT_KEYS_PARTITION } from '../../../tables/connections/connections-keys.ts'
import { type ConnectionItem, roomOf } from '../../../tables/connections/connections-table.ts'
import { tokyoMonth } from '../../../tables/users/access-records.ts'
import { accessId, CONNECTIONS_ITEM, userId } from '../../../tables/users/users-keys.ts'
import { getJson } from '../../system/get-json.ts'
import { openPlainApp, type PlainApp } from '../../system/plain-app.ts'
import { until } from '../../until.ts'
import type { RightsStage } from './rights-stage.ts'

/** Throws if the feature does not work now. */
export type Feature = (stage: RightsStage) => Promise<void>

/** Life of the token of a new connection (s): shorter than that of the token that renews it. */
const FIRST_TOKEN_SECONDS = 200
/** Time for an answer of a function that starts on a busy machine (ms). */
const ANSWER = { limitMs: 6_000, pollMs: 20 }

const get = async ({ system, newUser }: RightsStage, path: string): Promise<void> => {
  const isRealtime = path.startsWith('/v1/realtime/')
  const token = isRealtime ? await system.issuer.token(newUser()) : ''
  await getJson(`${system.cloud.httpUrl}${path}`, isRealtime ? { authorization: `Bearer ${token}` } : {})
}

/** Opens an app of a user, and closes it after `use`. */
async function withApp(
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

const receives = (app: PlainApp, type: string): Promise<void> =>
  until(() => app.received.some(message => message.type === type), `a message ${type}`, ANSWER)

const connectionOf = async (stage: RightsStage, user: string): Promise<ConnectionItem | undefined> =>
  (await stage.items<ConnectionItem>('TablesConnections')).find(item => item.user === user)

const item = async ({ system, tables }: RightsStage, table: string, Key: object): Promise<unknown> =>
  (await tables.send(new GetCommand({ TableName: system.cloud.ref(table), Key }))).Item

const accessOf = (stage: RightsStage, user: string): Promise<unknown> =>
  item(stage, 'TablesUsers', { id: accessId(tokyoMonth(nowMillis())), item: user })

/** Writes a user whose connections of the past are still counted, up to the limit. */
async function fillPlaces(stage: RightsStage, user: string): Promise<void> {
  const ago = nowMillis() - 60_000
  const connections = Object.fromEntries(
    Array.from({ length: MOST_CONNECTIONS_A_USER }, (_, index) => [`gone-${index}`, ago]),
  )
  const TableName = stage.system.cloud.ref('TablesUsers')
  const Item = { id: userId(user), item: CONNECTIONS_ITEM, connections, expires: 4_000_000_000 }
  await stage.tables.send(new PutCommand({ TableName, Item }))
}

/**
 * Deletes the kept keys of the issuer, and waits until a new environment of a function keeps them again.
 * @param use lets the function verify a token.
 */
async function keepsKeys(stage: RightsStage, fn: string, use: () => Promise<void>): Promise<void> {
  const TableName = stage.system.cloud.ref('TablesConnections')
  const Key = { room: KEPT_KEYS_PARTITION, connection: stage.system.issuer.url }
  await stage.tables.send(new DeleteCommand({ TableName, Key }))
  await stage.system.cloud.crashFunction(fn)
  await use()
  await until(async () => (await item(stage, 'TablesConnections', Key)) !== undefined, 'kept keys', ANSWER)
}

async function storedConnection(stage: RightsStage, user: string): Promise<ConnectionItem> {
  let found: ConnectionItem | undefined
  await until(
    async () => {
      found = await connectionOf(stage, user)
      return found !== undefined
    },
    'a stored connection',
    ANSWER,
  )
  return found!
}

/** Stores a subscribed connection that the gateway does not know. Its id is the name of its user. */
async function copyConnection(stage: RightsStage, user: string): Promise<void> {
  await withApp(stage, async (app, open) => {
    app.send({ action: 'subscribe', issues: [stage.code] })
    await receives(app, 'subscribed')
    const TableName = stage.system.cloud.ref('TablesConnections')
    const { gone: _, ...stored } = await storedConnection(stage, open)
    const room = roomOf(user, ROOM_COUNT)
    const Item = { ...stored, room, connection: user, user, changedAt: nowMillis() }
    await stage.tables.send(new PutCommand({ TableName, Item }))
  })
}

const CONNECT: Readonly<Record<string, Feature>> = {
  'a connection': stage => withApp(stage, async () => {}),
  'the record of access over WebSocket': stage =>
    withApp(stage, (_, user) =>
      until(async () => (await accessOf(stage, user)) !== undefined, 'a record of the access', ANSWER),
    ),
  'a second connection': async stage => {
    const user = stage.newUser()
    await withApp(stage, async () => withApp(stage, async () => {}, user), user)
  },
  'a place after connections that ended unseen': async stage => {
    const user = stage.newUser()
    await fillPlaces(stage, user)
    await withApp(stage, async () => {}, user)
  },
  'the kept keys of the issuer': stage =>
    keepsKeys(stage, 'RealtimeConnectFunction', () => withApp(stage, async () => {})),
}

const MESSAGE: Readonly<Record<string, Feature>> = {
  subscribe: stage =>
    withApp(stage, async app => {
      app.send({ action: 'subscribe', issues: [stage.code] })
      await receives(app, 'subscribed')
    }),
  'a new token': stage =>
    withApp(stage, async (app, user) => {
      app.send({ action: 'token', token: await stage.system.issuer.token(user) })
      await receives(app, 'token')
    }),
  'the kept keys of the issuer': stage =>
    withApp(stage, (app, user) =>
      keepsKeys(stage, 'RealtimeMessageFunction', async () => {
        app.send({ action: 'token', token: await stage.system.issuer.token(user) })
        await receives(app, 'token')
      }),
    ),
  'the mark of a connection that has ended before its answer': async stage => {
    const user = stage.newUser()
    await copyConnection(stage, user)
    await stage.system.cloud.invoke('RealtimeMessageFunction', {
      requestContext: { connectionId: user },
      body: JSON.stringify({ action: 'subscribe', issues: [stage.code] }),
    })
    if ((await connectionOf(stage, user))?.gone !== true)
      throw new Error('expected a connection that is marked')
  },
}

const REALTIME_PRICES: Readonly<Record<string, Feature>> = {
  'real-time prices': stage => get(stage, `/v1/realtime/boards/${stage.code}`),
  'days in real time': stage => get(stage, `/v1/realtime/days/${stage.code}`),
  'issues in real time': stage => get(stage, `/v1/realtime/issues?q=${stage.code}`),
  'the status in real time': stage => get(stage, '/v1/realtime/status'),
  'the record of access over REST': async stage => {
    const user = stage.newUser()
    const authorization = `Bearer ${await stage.system.issuer.token(user)}`
    await fetch(`${stage.system.cloud.httpUrl}/v1/realtime/status`, { headers: { authorization } })
    await until(async () => (await accessOf(stage, user)) !== undefined, 'a record of the access', ANSWER)
  },
}

/** The features by the role of their function. */
export const FEATURES: Readonly<Record<string, Readonly<Record<string, Feature>>>> = {
  RealtimeConnect: CONNECT,
  RealtimeDisconnect: {
    'the mark of a connection that has ended': async stage => {
      let ended = ''
      await withApp(stage, async (_, user) => {
        await storedConnection(stage, user)
        ended = user
      })
      await until(
        async () => (await connectionOf(stage, ended))?.gone === true,
        'a closed connection',
        ANSWER,
      )
    },
  },
  RealtimeMessage: MESSAGE,
  RestDelayedPrices: {
    'delayed prices': stage => get(stage, `/v1/boards/${stage.code}`),
    'an unknown issue': async ({ system }) => {
      const { status } = await fetch(`${system.cloud.httpUrl}/v1/boards/1999`)
      if (status !== 404) throw new Error(`expected 404, got ${status}`)
    },
  },
  RestRealtimePrices: REALTIME_PRICES,
  RestMarketInfo: {
    'the list of issues': stage => get(stage, '/v1/issues'),
    'the calendar': stage => get(stage, '/v1/calendar'),
    'the status': stage => get(stage, '/v1/status'),
  },
}
