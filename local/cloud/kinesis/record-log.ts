/** The records of a stream in the order of their arrival, kept in memory for five minutes. */

export interface LoggedRecord {
  /** Number of the shard that took the record. -1 for a mark, which no shard reads. */
  readonly shard: number
  readonly partitionKey: string
  readonly data: Buffer
  /** Epoch ms. */
  readonly arrivedAt: number
}

/** Positions count the records of all shards from 1 on, without gaps. */
export interface RecordLog {
  readonly records: LoggedRecord[]
  /** Position of `records[0]`. */
  firstPosition: number
  /** Bytes that the kept records take. */
  bytes: number
  /** Epoch ms. */
  trimmedAt: number
}

/**
 * How long a record is kept. Kinesis keeps records for 24 hours by default, which would fill the memory of one
 * machine. A reader that is more than five minutes behind continues with the oldest kept record.
 */
const RETENTION_MS = 5 * 60 * 1000
/** Bytes of records kept at most, whatever their age. The oldest are dropped first. */
const RETENTION_BYTES = 256 * 1024 * 1024
/** Memory of a record in addition to its data and its partition key: two objects and an array slot (measured). */
const OVERHEAD_BYTES = 200
/** Time between two removals of old records. */
const TRIM_EVERY_MS = 1000
/** Bytes above the limit at which records are removed earlier. */
const SLACK_BYTES = 1024 * 1024

export function createRecordLog(): RecordLog {
  return { records: [], firstPosition: 1, bytes: 0, trimmedAt: 0 }
}

/** Returns the position that the next record will have. */
export function nextPosition({ firstPosition, records }: RecordLog): number {
  return firstPosition + records.length
}

/** Appends a record and returns its position. Drops the records that are too old or too many. */
export function append(log: RecordLog, record: LoggedRecord): number {
  const position = nextPosition(log)
  log.records.push(record)
  log.bytes += bytesOf(record)
  if (record.arrivedAt - log.trimmedAt >= TRIM_EVERY_MS || log.bytes > RETENTION_BYTES + SLACK_BYTES) {
    trim(log, record.arrivedAt)
  }
  return position
}

/** Appends a mark, so that the positions before it and after it differ. Returns its position. */
export function appendMark(log: RecordLog): number {
  return append(log, { shard: -1, partitionKey: '', data: NO_DATA, arrivedAt: Date.now() })
}

const NO_DATA = Buffer.alloc(0)

function trim(log: RecordLog, now: number): void {
  log.trimmedAt = now
  let count = 0
  for (const record of log.records) {
    if (record.arrivedAt >= now - RETENTION_MS && log.bytes <= RETENTION_BYTES) break
    log.bytes -= bytesOf(record)
    count++
  }
  log.records.splice(0, count)
  log.firstPosition += count
}

function bytesOf({ data, partitionKey }: LoggedRecord): number {
  return data.length + partitionKey.length + OVERHEAD_BYTES
}
