/** The system in which rights are withheld: real functions, tables and lines, and a client that may do everything. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import type { SyntheticSource } from '../../../local/local-market.ts'
import { type System, startSystem } from '../../../local/system.ts'
import { writeKeptKeys } from '../../../tables/connections/kept-keys.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { marketWithoutHistory } from '../../system/system-market.ts'
import { until } from '../../until.ts'
import type { TrialStage } from './withheld-rights.ts'

/** A small market, so that the functions take little time: what fails does not depend on its size. */
const MARKET = { issues: 8, rate: 40, seed: 5 }
/** Time until the lines publish and the list of issues is stored (ms), also on a busy machine. */
const LIVE_LIMIT_MS = 120_000

export interface RightsStage extends TrialStage {
  readonly system: System<SyntheticSource>
  readonly tables: DynamoDBDocumentClient
  /** Folder with the logs of functions and tasks. */
  readonly logs: string
  /** Code of an issue. */
  readonly code: string
  /** Returns a user who has never had access. */
  newUser(): string
  /** Returns all items of a table. */
  items<Item>(table: string): Promise<Item[]>
  close(): Promise<void>
}

/**
 * Stores the keys of the issuer, as each function does that has read them. On a busy machine the issuer may not answer in time. Then a new
 * environment takes the stored keys.
 */
export async function keepKeys({ system, tables }: Pick<RightsStage, 'system' | 'tables'>): Promise<void> {
  const { issuer, cloud } = system
  const answer = await fetch(`${issuer.url}/.well-known/jwks.json`)
  const { keys } = (await answer.json()) as { readonly keys: readonly object[] }
  await writeKeptKeys({ client: tables, table: cloud.ref('TablesConnections') }, issuer.url, keys)
}

/** @param keepsLogs whether the logs of functions and tasks are kept, which features of the lines need. */
export async function startStage(keepsLogs = false): Promise<RightsStage> {
  const logs = mkdtempSync(join(tmpdir(), 'itastream-rights-'))
  const system = await startSystem({
    ...(keepsLogs ? { logs } : {}),
    market: marketWithoutHistory(MARKET),
    ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
    progress: () => {},
    log: () => {},
  })
  const { cloud } = system
  const { endpointUrl: endpoint, region, credentials } = cloud
  const tables = createDynamoDB({ endpoint, region, credentials })
  let users = 0
  await until(
    async () => {
      const answer = await fetch(`${cloud.httpUrl}/v1/issues?limit=500`)
      const { issues = [] } = (await answer.json()) as { issues?: object[] }
      return issues.length === MARKET.issues
    },
    'the list of all issues',
    { limitMs: LIVE_LIMIT_MS, pollMs: 500 },
  )
  await keepKeys({ system, tables })
  return {
    system,
    cloud,
    tables,
    logs,
    wait: until,
    code: system.issues[0]!.code,
    newUser: () => `user-${++users}`,
    async items<Item>(table: string): Promise<Item[]> {
      const all: Item[] = []
      for await (const { Items = [] } of paginateScan({ client: tables }, { TableName: cloud.ref(table) }))
        all.push(...(Items as Item[]))
      return all
    },
    async close() {
      tables.destroy()
      await system.close()
      rmSync(logs, { recursive: true, force: true })
    },
  }
}
