import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parquetMetadata } from 'hyparquet'
import { type Column, GROUP_ROWS, openParquet } from '../../archive/parquet.ts'
import { withoutUndefined } from '../../market/without-undefined.ts'

interface Row {
  readonly issue: string
  /** The value of every other column that is a number. */
  readonly number?: number
  readonly lost?: boolean
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'issue', kind: 'text', required: true, of: ({ issue }) => issue },
  { name: 'price', kind: 'price', of: ({ number }) => number },
  { name: 'turnover', kind: 'yen', of: ({ number }) => number },
  { name: 'volume', kind: 'whole', of: ({ number }) => number },
  { name: 'time', kind: 'moment', of: ({ number }) => number },
  { name: 'lost', kind: 'truth', of: ({ lost }) => lost },
]

/** Writes rows, and returns the file's own description and its pieces. */
function write(rows: Iterable<Row>) {
  const file = openParquet(COLUMNS)
  let count = 0
  for (const row of rows) {
    file.add(row)
    assert.equal(file.rows, ++count)
  }
  const pieces = file.finish()
  const bytes = Buffer.concat(pieces)
  return { pieces, bytes, metadata: parquetMetadata(new Uint8Array(bytes).buffer) }
}

function* rowsOf(count: number): Generator<Row> {
  for (let index = 0; index < count; index++) yield { issue: '7203', number: index % 5, lost: false }
}

test('a column has the type of its kind, and is required or optional', () => {
  const { schema, created_by } = write(rowsOf(3)).metadata
  const decimal = { type: 'INT64', repetition_type: 'OPTIONAL', converted_type: 'DECIMAL', precision: 18 }
  assert.deepEqual(schema.map(withoutUndefined), [
    { name: 'schema', num_children: 6 },
    { name: 'issue', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    { name: 'price', ...decimal, scale: 4 },
    { name: 'turnover', ...decimal, scale: 2 },
    { name: 'volume', type: 'INT64', repetition_type: 'OPTIONAL' },
    {
      name: 'time',
      type: 'INT64',
      repetition_type: 'OPTIONAL',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
    },
    { name: 'lost', type: 'BOOLEAN', repetition_type: 'OPTIONAL' },
  ])
  assert.equal(created_by, 'itastream')
})

test('a column is compressed by zstd, with the encoding of its kind, or none if it has no value', () => {
  const encodingsOf = (rows: Iterable<Row>) =>
    write(rows).metadata.row_groups[0]!.columns.map(({ meta_data }) => {
      assert.equal(meta_data!.codec, 'ZSTD')
      return meta_data!.encodings.filter(encoding => encoding !== 'PLAIN').join()
    })
  const [dictionary, delta] = ['RLE_DICTIONARY', 'DELTA_BINARY_PACKED']
  assert.deepEqual(encodingsOf(rowsOf(3)).slice(0, 5), [dictionary, dictionary, dictionary, delta, delta])
  assert.deepEqual(encodingsOf([{ issue: '7203' }]), [dictionary, '', '', '', '', ''])
})

test('a file has groups of 65,536 rows, and no empty group', () => {
  assert.equal(GROUP_ROWS, 65_536)
  const groupsOf = (rows: number) => {
    const { metadata, pieces } = write(rowsOf(rows))
    assert.equal(Number(metadata.num_rows), rows)
    // Each group is a piece at least, so no buffer holds the whole file.
    assert.ok(pieces.length > metadata.row_groups.length)
    return metadata.row_groups.map(({ num_rows }) => Number(num_rows))
  }
  assert.deepEqual(groupsOf(0), [])
  assert.deepEqual(groupsOf(1), [1])
  assert.deepEqual(groupsOf(GROUP_ROWS), [GROUP_ROWS])
  assert.deepEqual(groupsOf(GROUP_ROWS + 1), [GROUP_ROWS, 1])
})

test('a file starts and ends as a Parquet file, and the same rows give the same bytes', () => {
  const { bytes } = write(rowsOf(100))
  assert.deepEqual(
    [bytes.toString('latin1', 0, 4), bytes.toString('latin1', bytes.length - 4)],
    ['PAR1', 'PAR1'],
  )
  assert.deepEqual(write(rowsOf(100)).bytes, bytes)
})
