/**
 * Writes rows as a Parquet file. The same rows give the same bytes: a file has no creation time and no host name.
 *
 * The file is written by hyparquet-writer (reasons: docs/archive.md). Prices are written as integers with a decimal
 * scale, so no value is converted to a binary fraction.
 */
import { constants, zstdCompressSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'

/**
 * The kinds of columns. Values of a `text` column are strings, of a `truth` column booleans, of the others integers:
 * - `whole`: a plain integer
 * - `price`: 10⁻⁴ yen, a decimal in the file
 * - `yen`: 10⁻² yen, a decimal in the file
 * - `moment`: Tokyo wall time, in microseconds since 1970-01-01T00:00 of the same wall clock
 */
export type Kind = 'text' | 'truth' | 'whole' | 'price' | 'yen' | 'moment'
/** `undefined` is written as NULL. */
export type Value = string | boolean | number | undefined

export interface Column<Row> {
  readonly name: string
  readonly kind: Kind
  /** Whether every row has a value. */
  readonly required?: true
  /** Returns the value of a row. */
  of(row: Row): Value
}

/** How a kind of column is stored. */
interface Form {
  readonly element: Omit<SchemaElement, 'name'>
  readonly encoding?: NonNullable<ColumnSource['encoding']>
}

/** Digits that a decimal of eight bytes can have. */
const PRECISION = 18
const decimal = (scale: number): Form => ({
  element: { type: 'INT64', converted_type: 'DECIMAL', precision: PRECISION, scale },
  // An issue has few different prices; each occurs in many rows and levels.
  encoding: 'RLE_DICTIONARY',
})
/** Counters, quantities and times change little from row to row, so their differences are small. */
const DELTA = 'DELTA_BINARY_PACKED'

const FORMS: Readonly<Record<Kind, Form>> = {
  text: { element: { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, encoding: 'RLE_DICTIONARY' },
  truth: { element: { type: 'BOOLEAN' } },
  whole: { element: { type: 'INT64' }, encoding: DELTA },
  price: decimal(4),
  yen: decimal(2),
  moment: {
    element: {
      type: 'INT64',
      // The time has no zone, so that 09:00 in a query is the opening, in any time zone.
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
    },
    encoding: DELTA,
  },
}

/** Rows in a row group. A reader decompresses at least one group; the writer holds at most one group in memory. */
export const GROUP_ROWS = 65_536
const CODEC = 'ZSTD'
/** Level 6 makes files 6 % smaller than level 3 in the same total time. Level 9 gains nothing more. */
const ZSTD_LEVEL = 6
const compress = (bytes: Uint8Array): Uint8Array =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } })

export interface ParquetFile<Row> {
  add(row: Row): void
  readonly rows: number
  /** Returns the whole file in pieces. No row can be added afterwards. */
  finish(): readonly Uint8Array[]
}

/** Opens a file in memory. Rows are compressed in groups of {@link GROUP_ROWS}. */
export function openParquet<Row>(columns: readonly Column<Row>[]): ParquetFile<Row> {
  const pieces: Uint8Array[] = []
  const out = new PieceWriter(pieces)
  const schema: SchemaElement[] = [
    { name: 'schema', num_children: columns.length },
    ...columns.map(
      ({ name, kind, required }): SchemaElement => ({
        name,
        ...FORMS[kind].element,
        repetition_type: required ? 'REQUIRED' : 'OPTIONAL',
      }),
    ),
  ]
  const file = new ParquetWriter({
    writer: out,
    schema,
    codec: CODEC,
    compressors: { [CODEC]: compress },
    createdBy: 'itastream',
  })
  let group: (Value | bigint)[][] = columns.map(() => [])
  const decimals = columns.map(({ kind }) => (isDecimal(kind) ? { value: 0, exact: 0n } : undefined))
  let rows = 0

  const flush = (): void => {
    file.write({
      columnData: columns.map(({ name, kind }, index) => {
        const data = group[index]!
        const { encoding } = FORMS[kind]
        // Some readers do not accept an empty dictionary.
        const empty = data.every(value => value === undefined)
        return { name, data, ...(encoding === undefined || empty ? {} : { encoding }) }
      }),
      rowGroupSize: GROUP_ROWS,
    })
    group = columns.map(() => [])
  }
  return {
    get rows() {
      return rows
    },
    add(row) {
      for (let index = 0; index < columns.length; index++) {
        const value = columns[index]!.of(row)
        const latest = decimals[index]
        if (latest === undefined || typeof value !== 'number') group[index]!.push(value)
        else {
          // The writer would take a number for yen and multiply it by the scale.
          if (value !== latest.value) {
            latest.value = value
            latest.exact = BigInt(value)
          }
          group[index]!.push(latest.exact)
        }
      }
      if (++rows % GROUP_ROWS === 0) flush()
    },
    finish() {
      if (rows % GROUP_ROWS !== 0) flush()
      file.finish()
      return pieces
    },
  }
}

function isDecimal(kind: Kind): boolean {
  return kind === 'price' || kind === 'yen'
}

/** Moves the bytes of each row group to a list of pieces, so that no buffer grows to the size of the file. */
class PieceWriter extends ByteWriter {
  readonly #pieces: Uint8Array[]

  constructor(pieces: Uint8Array[]) {
    super()
    this.#pieces = pieces
  }

  flush(): void {
    this.#pieces.push(new Uint8Array(this.getBuffer()))
    this.index = 0
  }

  override finish(): void {
    this.flush()
  }
}
