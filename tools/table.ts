/** Formats figures and tables for the terminal. */

/** Returns a number as `12,345`, with `decimals` decimals. */
export function figure(value: number, decimals = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** Returns a ratio as `12.3×`. */
export function times(ratio: number): string {
  return `${figure(ratio, 1)}×`
}

/** Formats rows as a table: the first column is aligned left, the others right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const aligned = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)
  return rows.map(row => `  ${row.map(aligned).join('   ').trimEnd()}\n`).join('')
}
