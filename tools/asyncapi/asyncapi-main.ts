/** `npm run asyncapi`: writes the AsyncAPI document of the WebSocket protocol, and renders it as a page. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { asyncApiYaml } from './asyncapi-document.ts'
import { protocolExamples } from './protocol-examples.ts'
import { InvalidDocument, staticPage } from './static-page.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCUMENT = 'docs/asyncapi.yaml'
const PAGE = '.build/asyncapi.html'

const HELP = `Describes the WebSocket protocol for programs, from the types of market/protocol.ts.

Usage: npm run -s asyncapi -- [options]

  --page FILE  where to write the page (default: ${PAGE})
  --help       this text

Writes ${DOCUMENT} (AsyncAPI 3 with a JSON Schema of every message; examples: docs/protocol.md), and the same document as one
HTML page of some 2.7 MB, which needs no network.
Exit code: 0; 1 if the document is not valid; 2 if the options cannot be used.
`

async function write(page: string): Promise<void> {
  const markdown = readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8')
  const yaml = asyncApiYaml(protocolExamples(markdown))
  const html = await staticPage(yaml, 'itastream: the WebSocket protocol')
  writeFileSync(join(ROOT, DOCUMENT), yaml)
  mkdirSync(dirname(page), { recursive: true })
  writeFileSync(page, html)
  console.log(`${DOCUMENT}\n${page}`)
}

try {
  const { values } = readArguments({
    args: process.argv.slice(2),
    options: { page: { type: 'string', default: join(ROOT, PAGE) }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) process.stdout.write(HELP)
  else await write(values.page)
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof InvalidDocument)) throw error
  console.error(`asyncapi: ${error.message}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
