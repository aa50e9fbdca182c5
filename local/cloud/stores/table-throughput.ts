/**
 * The throughput of a table in one direction, reads or writes: a bucket for the table and one for each partition. DynamoDB
 * puts an item into a partition by the hash of its partition key. A partition has a limit of its own, so a table with a
 * busy key throttles long before the table's throughput is used up ("Burst and adaptive capacity", DynamoDB developer
 * guide).
 */
import { hash } from 'node:crypto'
import { formatCount, type ThrottleReport } from '../quotas/throttle-report.ts'
import { createTokenBucket, type TokenBucket } from '../quotas/token-bucket.ts'

/**
 * Time of which a partition, or an on-demand table, holds unused capacity. DynamoDB keeps up to 300 s, but not for sure,
 * and never lets a partition go above its limit a second.
 */
const BURST_SECONDS = 1
/** Time of which a table with provisioned capacity holds unused capacity ("Burst capacity"). */
const PROVISIONED_BURST_SECONDS = 300
/** Number of different hashes of a partition key here. */
const HASHES = 2 ** 32

/** Where a request reads or writes: the hash of a partition key, from 0 to below 1, or the whole table. */
export type Place = number | 'all'

export interface Throughput {
  /** Takes the units that a request has at least. Returns false, takes nothing and counts the refusal if none are left. */
  take(place: Place, units: number): boolean
  /** Takes the units that a request has used in addition. */
  charge(place: Place, units: number): void
}

export interface ThroughputOptions {
  /** What is refused, for the report: `writes of Boards`. */
  readonly what: string
  /** `write units/s` */
  readonly unit: string
  readonly tableRate: number
  readonly isProvisioned: boolean
  readonly partitions: number
  readonly partitionRate: number
  readonly seconds: () => number
  readonly report: ThrottleReport
}

interface CountedBucket extends TokenBucket {
  readonly refuse: () => void
}

export function createThroughput(options: ThroughputOptions): Throughput {
  const { what, unit, tableRate, isProvisioned, partitionRate, seconds, report } = options
  const bucket = (ratePerSecond: number, holdSeconds: number, where: string): CountedBucket => ({
    ...createTokenBucket({ ratePerSecond, capacity: ratePerSecond * holdSeconds, seconds }),
    refuse: report.counter(what, `${formatCount(ratePerSecond)} ${unit} of ${where}`),
  })
  const table = bucket(tableRate, isProvisioned ? PROVISIONED_BURST_SECONDS : BURST_SECONDS, 'the table')
  const partitions = Array.from({ length: options.partitions }, () =>
    bucket(partitionRate, BURST_SECONDS, 'a partition'),
  )
  const charge = (place: Place, units: number): void => {
    table.charge(units)
    if (place !== 'all') partitions[Math.floor(place * partitions.length)]!.charge(units)
    else for (const partition of partitions) partition.charge(units / partitions.length)
  }
  return {
    charge,
    take(place, units) {
      const limits = place === 'all' ? [table] : [partitions[Math.floor(place * partitions.length)]!, table]
      for (const limit of limits) {
        if (limit.has(units)) continue
        limit.refuse()
        return false
      }
      charge(place, units)
      return true
    },
  }
}

/** Returns the place of a partition key, an attribute value of DynamoDB: `{"S":"7203"}`. */
export function placeOf(value: unknown): Place {
  const [text] = typeof value === 'object' && value !== null ? Object.values(value) : []
  return hash('md5', String(text), 'buffer').readUInt32BE() / HASHES
}
