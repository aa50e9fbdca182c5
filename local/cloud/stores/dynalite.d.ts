/** What dynalite exports and does not describe: its store. */

declare module 'dynalite/db/index.js' {
  interface DynamoStore {
    readonly db: { close(done: (error?: Error) => void): void }
    readonly tableDb: { awsAccountId: string; awsRegion: string }
  }
  interface DynamoStoreOptions {
    readonly path?: string
    readonly createTableMs: number
    readonly deleteTableMs: number
    readonly updateTableMs: number
  }
  export function create(options: DynamoStoreOptions): DynamoStore
}
