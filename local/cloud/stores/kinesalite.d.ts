/** What kinesalite exports and does not describe: its store. */

declare module 'kinesalite/db/index.js' {
  interface KinesisShard {
    readonly ShardId: string
    readonly ParentShardId?: string
    readonly AdjacentParentShardId?: string
    readonly HashKeyRange: { readonly StartingHashKey: string; readonly EndingHashKey: string }
    readonly SequenceNumberRange: {
      readonly StartingSequenceNumber: string
      readonly EndingSequenceNumber?: string
    }
  }
  interface KinesisStore {
    readonly db: { close(done: (error?: Error) => void): void }
    readonly metaDb: { awsAccountId: string; awsRegion: string }
    getStreamDb(name: string): {
      batch(
        operations: readonly { readonly type: 'del'; readonly key: string }[],
        done: (error?: Error) => void,
      ): void
    }
  }
  interface KinesisStoreOptions {
    readonly createStreamMs: number
    readonly deleteStreamMs: number
    readonly updateStreamMs: number
    readonly shardLimit: number
  }
  export function create(options: KinesisStoreOptions): KinesisStore
  /** How an iterator is hidden: AES-256-CBC, behind eight bytes. */
  export const ITERATOR_PWD_KEY: Uint8Array
  export const ITERATOR_PWD_IV: Uint8Array
  export function shardIxToHex(shardIndex: number): string
}
