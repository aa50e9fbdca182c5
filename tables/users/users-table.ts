/** The items of the users table: who may have real-time data, and who had it. A user is the `sub` of access tokens. */
import type { EpochMillis, EpochSeconds } from '../../market/units.ts'
import type { Table } from '../dynamodb.ts'
import type { CONNECTIONS_ITEM, CUT_ITEM } from './users-keys.ts'

/** Stored tables outlive code: an attribute keeps its name, type and meaning. */
interface UsersItem {
  /** Partition key: `user#<sub>` or `access#<month>`. */
  readonly id: string
  /** Sort key. */
  readonly item: string
  /** When time to live may delete the item: epoch seconds. It deletes late, so readers check it too. */
  readonly expires: EpochSeconds
}

/** `user#<sub>`: the user's open connections. */
export interface UserConnectionsItem extends UsersItem {
  readonly item: typeof CONNECTIONS_ITEM
  /** When each connection was made, by its id at API Gateway. An entry may outlive its connection. */
  readonly connections: Readonly<Record<string, EpochMillis>>
}

/** `user#<sub>`: an operator has ended the user's access. */
export interface CutItem extends UsersItem {
  readonly item: typeof CUT_ITEM
  /** Access tokens that were issued at or before this time are refused: epoch seconds, as the claim `iat`. */
  readonly cutAt: EpochSeconds
}

/** How a user had access: by a WebSocket connection, or by REST. */
export type AccessWay = 'stream' | 'rest'

/** `access#<month>`: a user had access to real-time data in the month. `item` is the user. */
export interface AccessItem extends UsersItem {
  readonly firstAt: EpochMillis
  readonly firstBy: AccessWay
  readonly lastAt: EpochMillis
}

export type UsersTable = Table<UserConnectionsItem | CutItem | AccessItem>
