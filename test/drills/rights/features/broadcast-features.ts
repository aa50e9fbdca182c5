/** What apps and readers notice of broadcast and push-room. */
import { BatchWriteCommand, DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { ROOM_COUNT } from '../../../../cdk/sizing.ts'
import type { ServerMessage } from '../../../../market/protocol.ts'
import { addMillis, type EpochMillis, nowMillis } from '../../../../market/units.ts'
import { POSTS_PER_PUSH } from '../../../../posts/push.ts'
import {
  masterHeadId,
  masterPartIds,
  STATUS_ID,
  type StatusItem,
} from '../../../../tables/boards/board-items.ts'
import type { LineRecord } from '../../../../tables/boards/line-record.ts'
import { type ConnectionItem, roomOf } from '../../../../tables/connections/connections-table.ts'
import type { RightsStage } from '../rights-stage.ts'
import { connectionOf, type Features, item, receives, reports, storedConnection, withApp } from './feature.ts'
import { copyConnection, cutConnection } from './message-features.ts'

const BROADCAST = 'BroadcastFunction'
/** A task repeats its issue master every ten seconds (ms). */
const MASTER = { limitMs: 40_000, pollMs: 100 }
/** Older than a handshake takes (ms): a connection that the gateway does not know is gone. */
const OLD_MS = 20_000
/** More connections than one push has (posts/push.ts): broadcast then leaves its posts to push-room. */
const CROWD = POSTS_PER_PUSH + 50
/** Connections whose handshake may not have ended keep their places for some time after this change (ms). */
const CROWD_STAYS_MS = 60_000
/** Items of one BatchWriteItem (DynamoDB). */
const WRITES = 25

/** Key of the head of the list of issues of line 1. */
const HEAD = { id: masterHeadId(1) }
const OLD_VERSION = 'old'

interface HeadItem {
  readonly head: string
}

interface Head {
  readonly line: number
  readonly tradingDate: never
  readonly parts: number
  readonly generation: number
  readonly version: string
}

const boards = async (stage: RightsStage): Promise<string> =>
  JSON.stringify(
    (await stage.items<{ id: string }>('TablesBoards')).filter(({ id }) => id.startsWith('boards#')),
  )

const receivesUpdates = (stage: RightsStage): Promise<void> =>
  withApp(stage, async app => {
    app.send({ action: 'subscribe', issues: [stage.code] })
    await receives(stage, app, 'updates')
  })

const crash = ({ cloud }: RightsStage): Promise<void> => cloud.crashFunction(BROADCAST)
const isUpdates = ({ type }: ServerMessage): boolean => type === 'updates'

/** Connects an app, starts a new environment by `restart`, and waits for a message from that. */
const receivesAfter = (
  stage: RightsStage,
  restart: (stage: RightsStage) => Promise<void>,
  what: string,
  isWanted: (message: ServerMessage) => boolean,
): Promise<void> =>
  withApp(stage, async app => {
    app.send({ action: 'subscribe', issues: [stage.code] })
    await receives(stage, app, 'subscribed')
    await restart(stage)
    const before = app.received.length
    await stage.wait(() => app.received.slice(before).some(isWanted), what)
  })

/** Writes or deletes the connections of a crowd: copies of a connection, which the gateway does not know. */
async function changeCrowd(stage: RightsStage, of: ConnectionItem, isThere: boolean): Promise<void> {
  const TableName = stage.cloud.ref('TablesConnections')
  const items = Array.from({ length: CROWD }, (_, index) => {
    const connection = `crowd-${index}`
    return { ...of, connection, user: connection, room: roomOf(connection, ROOM_COUNT) }
  })
  for (let from = 0; from < items.length; from += WRITES) {
    const requests = items.slice(from, from + WRITES).map(Item => {
      const Key = { room: Item.room, connection: Item.connection }
      return isThere ? { PutRequest: { Item } } : { DeleteRequest: { Key } }
    })
    await stage.tables.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }))
  }
  await crash(stage)
}

/** Waits until the copy of the status has a new report of line 1. */
async function copiesReport(stage: RightsStage): Promise<void> {
  const read = async (): Promise<EpochMillis | undefined> => {
    const copy = (await item(stage, 'TablesBoards', { id: STATUS_ID })) as StatusItem | undefined
    return copy?.line1 === undefined ? undefined : (JSON.parse(copy.line1) as LineRecord).reportedAt
  }
  const before = await read()
  await stage.wait(async () => (await read()) !== before, 'a copy of a report of line 1')
}

const headOf = async (stage: RightsStage): Promise<HeadItem | undefined> =>
  (await item(stage, 'TablesBoards', HEAD)) as HeadItem | undefined

/** Lets `use` change the head of the list of issues, and puts it back if broadcast has stored no new one: other features need the list. */
async function withHead(stage: RightsStage, use: (stored: HeadItem) => Promise<void>): Promise<void> {
  const before = await headOf(stage)
  if (before === undefined) throw new Error('expected a list of issues of line 1')
  try {
    await use(before)
  } finally {
    const after = await headOf(stage)
    const isNew = after !== undefined && (JSON.parse(after.head) as Head).version !== OLD_VERSION
    if (!isNew) await putBoardsItem(stage, { ...HEAD, ...before })
  }
}

const putBoardsItem = (stage: RightsStage, Item: object): Promise<unknown> =>
  stage.tables.send(new PutCommand({ TableName: stage.cloud.ref('TablesBoards'), Item }))

const CROWDED = 'updates among hundreds of connections'

export const BROADCAST_FEATURES: Features = {
  'updates of a board': receivesUpdates,
  [CROWDED]: async stage => {
    const user = stage.newUser()
    await copyConnection(stage, user, { changedAt: addMillis(nowMillis(), CROWD_STAYS_MS) })
    const copy = await storedConnection(stage, user)
    try {
      await receivesAfter(stage, () => changeCrowd(stage, copy, true), 'a message updates', isUpdates)
    } finally {
      await changeCrowd(stage, copy, false)
    }
  },
  'updates from a new environment': stage => receivesAfter(stage, crash, 'a message updates', isUpdates),
  'the phase from a new environment': stage =>
    receivesAfter(
      stage,
      crash,
      'an event phase',
      message => message.type === 'updates' && message.events?.some(({ type }) => type === 'phase') === true,
    ),
  'stored boards': async stage => {
    const before = await boards(stage)
    await stage.wait(async () => (await boards(stage)) !== before, 'a stored board')
  },
  'the state of a line': stage => reports(stage, 1),
  'the status for answers to apps': copiesReport,
  'the list of issues': stage =>
    withHead(stage, async () => {
      await stage.tables.send(new DeleteCommand({ TableName: stage.cloud.ref('TablesBoards'), Key: HEAD }))
      await crash(stage)
      await stage.wait(async () => (await headOf(stage)) !== undefined, 'a list of issues', MASTER)
    }),
  'the removal of an old list of issues': stage =>
    withHead(stage, async stored => {
      const old = { ...(JSON.parse(stored.head) as Head), version: OLD_VERSION }
      const [id] = masterPartIds(old)
      await putBoardsItem(stage, { id, count: 0 })
      await putBoardsItem(stage, { ...HEAD, head: JSON.stringify({ ...old, count: 0 }) })
      await crash(stage)
      await stage.wait(
        async () => (await item(stage, 'TablesBoards', { id })) === undefined,
        'no old part',
        MASTER,
      )
    }),
  'the mark of a connection that has ended unseen': async stage => {
    const user = stage.newUser()
    await copyConnection(stage, user, { changedAt: addMillis(nowMillis(), -OLD_MS) })
    await crash(stage)
    await stage.wait(async () => (await connectionOf(stage, user))?.gone === true, 'a marked connection')
  },
  'the end of a connection whose access was cut': stage =>
    withApp(stage, async (app, user) => {
      await cutConnection(stage, await storedConnection(stage, user))
      await receives(stage, app, 'end')
      await stage.wait(() => app.closedWith !== undefined, 'a closed connection')
    }),
}

export const PUSH_ROOM_FEATURES: Features = {
  [CROWDED]: BROADCAST_FEATURES[CROWDED]!,
}
