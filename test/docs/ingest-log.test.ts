import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathOf } from '../../cdk/paths.ts'

const DOCUMENT = readFileSync(pathOf('docs/ingest-log.md'), 'utf8')
const SOURCE = globSync('ingest-task/**/*.ts', { cwd: pathOf('.') })
  .map(file => readFileSync(pathOf(file), 'utf8'))
  .join('\n')

/** Returns the texts in backquotes in the first column of a table below a line of text. */
function firstColumn(from: string): string[] {
  const [, rest = ''] = DOCUMENT.split(from)
  const rows = rest.split('\n## ')[0]!.matchAll(/^\| (`[^|]*`) +\|/gm)
  return [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, text]) => text!))
}

/** Log messages in the source: literals, and the literals of a condition. */
function loggedMessages(): string[] {
  const calls = SOURCE.matchAll(/[lL]og(?:ger)?\.(?:info|warn|error)\(\s*(['`])(.*?)\1/g)
  const chosen = SOURCE.matchAll(/const message = .*? \? '(.*?)' : '(.*?)'/g)
  return [...calls].map(([, , text]) => text!).concat([...chosen].flatMap(([, a, b]) => [a!, b!]))
}

test('the table of log messages has every message of the ingest task, and no others', () => {
  // The states of a line share one message: `line is ${state}`.
  const states = ['recovering', 'stale']
  const documented = firstColumn('| message').filter(text => !states.includes(text))
  const inText = [...DOCUMENT.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!)
  const logged = loggedMessages().map(text => text.replace(/\$\{state\}/, 'live'))
  for (const message of logged)
    assert.ok(inText.includes(message), `"${message}" is not in docs/ingest-log.md`)
  for (const message of documented) assert.ok(logged.includes(message), `no ingest task logs "${message}"`)
})

test('the table of kinds has every kind of line error, and no others', () => {
  const created = [...SOURCE.matchAll(/new LineError\(\s*'([\w-]+)'/g)]
  // A LineError takes over the kind of a ZipError or a TextError.
  const content = [...SOURCE.matchAll(/'(zip-\w+)'/g), ...SOURCE.matchAll(/kind = '(\w+)'/g)]
  const kinds = new Set([...created, ...content].map(([, kind]) => kind!))
  assert.deepEqual(firstColumn('## Kinds of ended connections').sort(), [...kinds].sort())
})
