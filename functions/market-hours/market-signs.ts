/** Reads how far the market and its archive are: the boards table, the leases of the lines, and the manifest of the day. */
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3'
import { archiveKeys } from '../../archive/archive-keys.ts'
import { isWhole, type Manifest } from '../../archive/manifest.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { isoDate } from '../../market/moment.ts'
import type { Millis } from '../../market/units.ts'
import { type BoardsTable, readStatus } from '../../tables/boards/boards-table.ts'
import { type LeaseTable, readLease } from '../../tables/control/lease-item.ts'
import type { MarketSigns } from './run-market-hours.ts'

/** Time for the leases of all lines (ms). Without them the tasks stay. */
const LEASES_TIMEOUT: Millis = 3_000

export interface SignSources {
  readonly boards: BoardsTable
  readonly control: LeaseTable
  readonly s3: S3Client
  /** The bucket of the archive. */
  readonly bucket: string
}

/** Returns the reader of these sources. */
export function createSigns({ boards, control, s3, bucket }: SignSources): MarketSigns {
  return {
    async linePhase(date) {
      const { phase, lines } = await readStatus(boards)
      // The table keeps the phase of a day that has ended, and of lines that are down.
      const isHeard = lines.some(({ state }) => state !== 'stale')
      return isHeard && phase?.time.startsWith(isoDate(date)) ? phase.phase : undefined
    },
    async progress() {
      const limit = AbortSignal.timeout(LEASES_TIMEOUT)
      const leases = await Promise.all(LINE_NUMBERS.map(line => readLease(control, line, limit)))
      const places = leases.map(lease => lease?.published)
      const lanes = places.map(place => place?.lanes.map(({ sequence }) => sequence).join('-'))
      const dates = places.map(place => place?.tradingDate)
      // A task without a message has a place too.
      const withMessages = places.filter(place => place?.lanes.some(({ sequence }) => sequence > 0))
      const newest = withMessages
        .map(place => place?.tradingDate)
        .sort()
        .at(-1)
      return { mark: dates.some(date => date !== undefined) ? `${dates.join()} ${lanes.join()}` : '', newest }
    },
    async archived(date) {
      const manifest = await readManifest(s3, bucket, archiveKeys.manifest(date))
      return manifest !== undefined && isWhole(manifest) ? 'whole' : manifest?.stage
    },
  }
}

async function readManifest(s3: S3Client, Bucket: string, Key: string): Promise<Manifest | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return JSON.parse((await Body?.transformToString()) ?? '') as Manifest
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined
    throw error
  }
}
