/** Types of dynalite's store, which the package exports without types. */

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
