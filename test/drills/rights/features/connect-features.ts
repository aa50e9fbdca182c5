/** What apps notice of connect and disconnect. */
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { MOST_CONNECTIONS_A_USER } from '../../../../contract/settings.ts'
import { nowMillis } from '../../../../market/units.ts'
import { tokyoMonth } from '../../../../tables/users/access-records.ts'
import { accessId, CONNECTIONS_ITEM, userId } from '../../../../tables/users/users-keys.ts'
import type { RightsStage } from '../rights-stage.ts'
import { connectionOf, type Features, item, keepsKeys, storedConnection, withApp } from './feature.ts'

const CONNECT = 'RealtimeConnectFunction'

export const accessOf = (stage: RightsStage, user: string): Promise<unknown> =>
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

export const CONNECT_FEATURES: Features = {
  'a connection': stage => withApp(stage, async () => {}),
  'the record of access over WebSocket': stage =>
    withApp(stage, (_, user) =>
      stage.wait(async () => (await accessOf(stage, user)) !== undefined, 'a record of the access'),
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
  'the kept keys of the issuer': stage => keepsKeys(stage, CONNECT, () => withApp(stage, async () => {})),
  'a connection while the issuer does not answer': async stage => {
    const answers = stage.system.issuer.fail()
    try {
      await stage.system.cloud.crashFunction(CONNECT)
      await withApp(stage, async () => {})
    } finally {
      answers()
      // An environment without keys asks the issuer again after ten seconds.
      await stage.system.cloud.crashFunction(CONNECT)
    }
  },
}

export const DISCONNECT_FEATURES: Features = {
  'the mark of a connection that has ended': async stage => {
    let ended = ''
    await withApp(stage, async (_, user) => {
      await storedConnection(stage, user)
      ended = user
    })
    await stage.wait(async () => (await connectionOf(stage, ended))?.gone === true, 'a closed connection')
  },
}
