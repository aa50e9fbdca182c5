/**
 * Rows as a Parquet file. The same rows make the same bytes: nothing in a file says when, where or by whom it was made.
 *
 * Written by hyparquet-writer (docs/archive.md says why). Prices go in as whole numbers of their own scale and come
 * out as they went in: no value passes through a fraction.
 */
import { constants, zstdCompressSync } from 'node:zlib'
import type { SchemaElement } from 'hyparquet'
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'

/**
 * What a column holds, and how a row gives it: `text` a string, `truth` a boolean, all others a whole number. `price`
 * counts 10⁻⁴ yen and `yen` 10⁻² yen, which the file calls decimals; `moment` counts the microseconds from
 * 1970-01-01 to what a clock in Tokyo shows.
 */
export type Kind = 'text' | 'truth' | 'whole' | 'price' | 'yen' | 'moment'
/** `undefined`: the file has no value there (NULL). */
export type Value = string | boolean | number | undefined

export interface Column<Row> {
  readonly name: string
  readonly kind: Kind
  /** Every row has a value. */
  readonly required?: true
  of(row: Row): Value
}

interface Form {
  readonly element: Omit<SchemaElement, 'name'>
  readonly encoding?: NonNullable<ColumnSource['encoding']>
}

/** Digits of a decimal in eight bytes. */
const PRECISION = 18
const decimal = (scale: number): Form => ({
  element: { type: 'INT64', converted_type: 'DECIMAL', precision: PRECISION, scale },
  // An issue has few prices, and each of them stands in many rows and levels.
  encoding: 'RLE_DICTIONARY',
})
/** Counters, quantities and times mostly stay, or grow by little: the differences are small. */
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
      // Not a moment of UTC: whoever asks for 09:00 means Tokyo, in whatever zone the query runs.
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
    },
    encoding: DELTA,
  },
}

/** Rows in a row group: what a reader has to unpack at least, and what the writer holds in memory at most. */
export const GROUP_ROWS = 65_536
const CODEC = 'ZSTD'
/** Of what a row costs, compressing is little: 6 % smaller than level 3 in the same time; 9 would add nothing. */
const ZSTD_LEVEL = 6
const compress = (bytes: Uint8Array): Uint8Array =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } })

export interface ParquetFile<Row> {
  add(row: Row): void
  readonly rows: number
  /** The whole file, in pieces. Nothing can be added after it. */
  finish(): readonly Uint8Array[]
}

/** A file that is written row by row, in memory: compressed but for the last {@link GROUP_ROWS} rows. */
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
  let rows = 0

  const flush = (): void => {
    file.write({
      columnData: columns.map(({ name, kind }, index) => {
        const data = group[index]!
        const { encoding } = FORMS[kind]
        // A dictionary of nothing is one that readers need not know.
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
      for (const [index, column] of columns.entries()) {
        const value = column.of(row)
        // The writer would take a number for yen, and multiply.
        const exact = typeof value === 'number' && isDecimal(column.kind) ? BigInt(value) : value
        group[index]!.push(exact)
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

/** Gives out what is written at the end of each row group, so that no buffer has to grow to the whole file. */
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
