/** Reading the files of the archive back, a row group at a time. */
import { zstdDecompressSync } from 'node:zlib'
import { type AsyncBuffer, parquetMetadataAsync, parquetRead, type SchemaElement } from 'hyparquet'
import type { Tick } from '../market/tick.ts'
import type { Value } from './parquet.ts'
import { tickOfRow } from './tick-rows.ts'

const compressors = { ZSTD: (bytes: Uint8Array): Uint8Array => zstdDecompressSync(bytes) }

/** The ticks of one part, in its order: by issue, then sequence. @throws where the file is no part of an archive. */
export async function* readTicks(file: AsyncBuffer): AsyncGenerator<Tick> {
  for await (const row of readRows(file)) yield tickOfRow(row)
}

/** The rows of a file, numbers as they were written. A row can be asked until the next one comes. */
async function* readRows(file: AsyncBuffer): AsyncGenerator<(column: string) => Value> {
  const metadata = await parquetMetadataAsync(file)
  // Without what they mean, numbers come as the whole numbers they are: no price as a fraction, no time as a Date.
  metadata.schema = metadata.schema.map(plain)
  let start = 0
  for (const { num_rows } of metadata.row_groups) {
    const rows = Number(num_rows)
    const columns = new Map<string, unknown[]>()
    await parquetRead({
      file,
      metadata,
      compressors,
      rowStart: start,
      rowEnd: start + rows,
      onChunk({ columnName, columnData, rowStart }) {
        const column = columns.get(columnName) ?? new Array<unknown>(rows)
        columns.set(columnName, column)
        for (let i = 0; i < columnData.length; i++) column[rowStart - start + i] = columnData[i]
      },
    })
    for (let i = 0; i < rows; i++) yield name => asValue(columns.get(name)?.[i])
    start += rows
  }
}

function plain({ converted_type, logical_type: _, ...element }: SchemaElement): SchemaElement {
  return converted_type === 'UTF8' ? { ...element, converted_type } : element
}

function asValue(value: unknown): Value {
  if (value === null || value === undefined) return undefined
  return typeof value === 'bigint' ? Number(value) : (value as Value)
}
