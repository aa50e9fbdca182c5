import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'
import { synthesize } from '../cdk/synthesis.ts'

const DOCUMENT = readFileSync(pathOf('docs/deploy.md'), 'utf8')
const { template } = synthesize()
const { Parameters, Outputs } = template.toJSON() as {
  Parameters: Record<string, { Default?: string }>
  Outputs: Record<string, unknown>
}

/** The section with the table of parameters. */
const [, DEPLOY = ''] = /^## Deploy\n((?:.*\n)*?)## /m.exec(DOCUMENT) ?? []
/** Rows of the table of parameters: name or range of names, and default. */
const ROWS = [...DEPLOY.matchAll(/^\| `(\w+)`(?: … `(\w+)`)? +\| (.+?) +\|/gm)].map(
  ([, first, last, value]) => ({ first: first!, last, value: value! }),
)

/** Whether the row `LineHost1` … `LinePort3B` is about a parameter: names differ in `Host` or `Port` and the line. */
function isAbout(name: string, { first, last }: { first: string; last: string | undefined }): boolean {
  if (last === undefined) return name === first
  return /^Line(Host|Port)\d/.test(name) && name.endsWith('B') === first.endsWith('B')
}

test('the table of parameters has every parameter of the template with its default', () => {
  for (const [name, { Default }] of Object.entries(Parameters)) {
    const rows = ROWS.filter(row => isAbout(name, row))
    assert.equal(rows.length, 1, `${name}: expected one row in docs/deploy.md, got ${rows.length}`)
    const shown = Default === undefined ? 'none' : Default === '' ? 'empty' : `\`${Default}\``
    assert.equal(rows[0]!.value, shown, name)
  }
  for (const row of ROWS)
    assert.ok(
      Object.keys(Parameters).some(name => isAbout(name, row)),
      `${row.first} is no parameter`,
    )
})

test('the outputs in the text are outputs of the template, and none is missing', () => {
  for (const name of Object.keys(Outputs)) assert.ok(DOCUMENT.includes(`\`${name}\``), `${name} is missing`)
  for (const [, name] of DOCUMENT.matchAll(/--parameters (\w+)=/g))
    assert.ok(name! in Parameters, `${name} is no parameter`)
})
