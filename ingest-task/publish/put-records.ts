/** Puts records into the stream. */
import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import type { OutletRecord } from './outlet.ts'

/** Returns the result of every record. If the request itself failed, each record has failed for that reason. */
export async function putRecords(
  client: KinesisClient,
  streamName: string,
  records: readonly OutletRecord[],
): Promise<readonly PutRecordsResultEntry[]> {
  try {
    const command = new PutRecordsCommand({ StreamName: streamName, Records: [...records] })
    return (await client.send(command)).Records ?? []
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return records.map(() => ({ ErrorCode: reason }))
  }
}
