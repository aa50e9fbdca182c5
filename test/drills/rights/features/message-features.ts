/** What apps notice of the answers to their messages. */
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { ROOM_COUNT } from '../../../../cdk/sizing.ts'
import { nowMillis } from '../../../../market/units.ts'
import { type ConnectionItem, roomOf } from '../../../../tables/connections/connections-table.ts'
import type { RightsStage } from '../rights-stage.ts'
import { connectionOf, type Features, keepsKeys, receives, storedConnection, withApp } from './feature.ts'

const MESSAGE = 'RealtimeMessageFunction'

/** Stores a subscribed connection that the gateway does not know. Its id is the name of its user. */
export async function copyConnection(
  stage: RightsStage,
  user: string,
  more: Partial<ConnectionItem> = {},
): Promise<void> {
  await withApp(stage, async (app, open) => {
    app.send({ action: 'subscribe', issues: [stage.code] })
    await receives(stage, app, 'subscribed')
    const TableName = stage.system.cloud.ref('TablesConnections')
    const { gone: _, ...stored } = await storedConnection(stage, open)
    const room = roomOf(user, ROOM_COUNT)
    const Item = { ...stored, room, connection: user, user, changedAt: nowMillis(), ...more }
    await stage.tables.send(new PutCommand({ TableName, Item }))
  })
}

/** Lets the function answer a message of a connection, whether or not the gateway knows the connection. */
const invoke = (
  { system, code }: RightsStage,
  connectionId: string,
  action: 'subscribe' | 'unsubscribe',
): Promise<unknown> =>
  system.cloud.invoke(MESSAGE, {
    requestContext: { connectionId },
    body: JSON.stringify({ action, issues: [code] }),
  })

/** Ends the access of the user of an open connection, as `npm run ops -- disconnect` does. */
export async function cutConnection(stage: RightsStage, { room, connection }: ConnectionItem): Promise<void> {
  await stage.tables.send(
    new UpdateCommand({
      TableName: stage.system.cloud.ref('TablesConnections'),
      Key: { room, connection },
      UpdateExpression: 'SET ends = :code, changedAt = :now',
      ExpressionAttributeValues: { ':code': 'access-ended', ':now': nowMillis() },
    }),
  )
}

export const MESSAGE_FEATURES: Features = {
  subscribe: stage =>
    withApp(stage, async app => {
      app.send({ action: 'subscribe', issues: [stage.code] })
      await receives(stage, app, 'subscribed')
    }),
  unsubscribe: stage =>
    withApp(stage, async app => {
      app.send({ action: 'unsubscribe', issues: [stage.code] })
      await receives(stage, app, 'unsubscribed')
    }),
  'a new token': stage =>
    withApp(stage, async (app, user) => {
      app.send({ action: 'token', token: await stage.system.issuer.token(user) })
      await receives(stage, app, 'token')
    }),
  'the kept keys of the issuer': stage =>
    withApp(stage, (app, user) =>
      keepsKeys(stage, MESSAGE, async () => {
        app.send({ action: 'token', token: await stage.system.issuer.token(user) })
        await receives(stage, app, 'token')
      }),
    ),
  'the mark of a connection that has ended before its answer': async stage => {
    const user = stage.newUser()
    await copyConnection(stage, user)
    await invoke(stage, user, 'subscribe')
    if ((await connectionOf(stage, user))?.gone !== true)
      throw new Error('expected a connection that is marked')
  },
  'the end of a connection whose access was cut': stage =>
    withApp(stage, async (app, user) => {
      const stored = await storedConnection(stage, user)
      await cutConnection(stage, stored)
      await invoke(stage, stored.connection, 'unsubscribe')
      await receives(stage, app, 'end')
    }),
}
