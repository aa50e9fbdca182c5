/** Reads the tick files of the archive, one row group at a time. */
import { zstdDecompressSync } from 'node:zlib'
import { type AsyncBuffer, parquetMetadataAsync, parquetRead, type SchemaElement } from 'hyparquet'
import type { Tick } from '../market/tick.ts'
import type { Value } from './parquet.ts'
import { type RowReader, tickOfRow } from './tick-rows.ts'

const compressors = { ZSTD: (bytes: Uint8Array): Uint8Array => zstdDecompressSync(bytes) }

/**
 * Reads the ticks of one part, sorted by issue and sequence.
 * @throws Error if the file is not a tick file of an archive.
 */
export async function* readTicks(file: AsyncBuffer): AsyncGenerator<Tick> {
  for await (const row of readRows(file)) yield tickOfRow(row)
}

/** Reads the rows of a file, with numbers as they were written. A row can be read until the next row is requested. */
async function* readRows(file: AsyncBuffer): AsyncGenerator<RowReader> {
  const metadata = await parquetMetadataAsync(file)
  metadata.schema = metadata.schema.map(withoutNumberTypes)
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

/** Removes the logical type of a number column: the reader then returns integers, not fractions or Dates. */
function withoutNumberTypes({ converted_type, logical_type: _, ...element }: SchemaElement): SchemaElement {
  return converted_type === 'UTF8' ? { ...element, converted_type } : element
}

function asValue(value: unknown): Value {
  if (value === null || value === undefined) return undefined
  return typeof value === 'bigint' ? Number(value) : (value as Value)
}
