import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Parser } from '@asyncapi/parser'
import { PROTOCOL_ERRORS } from '../../market/protocol-errors.ts'
import { asyncApiYaml } from '../../tools/asyncapi/asyncapi-document.ts'
import { type ProtocolExamples, protocolExamples } from '../../tools/asyncapi/protocol-examples.ts'
import { InvalidDocument, staticPage } from '../../tools/asyncapi/static-page.ts'
import { openBrowser } from '../browser.ts'
import { MessageConformance } from './asyncapi/message-conformance.ts'

const DOCS = join(import.meta.dirname, '../../docs')

suite('docs/asyncapi.yaml', () => {
  let yaml: string
  let examples: ProtocolExamples
  before(async () => {
    yaml = await readFile(join(DOCS, 'asyncapi.yaml'), 'utf8')
    examples = protocolExamples(await readFile(join(DOCS, 'protocol.md'), 'utf8'))
  })

  test('is what npm run asyncapi makes of the types and the examples of today', () => {
    assert.equal(yaml, asyncApiYaml(examples))
  })

  test('is a valid document for the parser of AsyncAPI, without a warning', async () => {
    const { document, diagnostics } = await new Parser().parse(yaml)
    assert.deepEqual(
      diagnostics.map(({ path, message }) => `${path.join('.')}: ${message}`),
      [],
    )
    const operations = document?.operations().all() ?? []
    assert.ok(operations.length >= 6)
    for (const operation of operations) assert.ok(operation.messages().length > 0, operation.id())
  })

  test('names every error with its number and its sentence', () => {
    for (const [code, { number, sentence }] of Object.entries(PROTOCOL_ERRORS)) {
      assert.ok(yaml.includes(`| ${number} | \`${code}\` | ${sentence} |`), code)
    }
  })

  test('has a schema to which every example of docs/protocol.md conforms', () => {
    const conformance = new MessageConformance()
    for (const sender of ['app', 'server'] as const) {
      const messages = [...examples[sender].values()].flat()
      assert.deepEqual(
        messages.flatMap(message => conformance.problems(sender, message)),
        [],
      )
      assert.deepEqual(conformance.unseen(sender), [], `docs/protocol.md has an example of each message`)
    }
  })

  test('has schemas that refuse messages of another form', () => {
    const conformance = new MessageConformance()
    const row = ['6758', 1, 2, 1_795_134_665_620_118]
    const updates = (...items: unknown[]) => ({ type: 'updates', updates: items })
    assert.deepEqual(conformance.problems('server', updates(row)), [])
    for (const wrong of [
      updates(row.slice(0, 3)),
      updates([...row, 'ask']),
      updates({ issue: '7203' }),
      { ...updates(), surprise: 1 },
      { type: 'pong' },
      { type: 'unheard-of' },
    ]) {
      assert.equal(conformance.problems('server', wrong).length, 1, JSON.stringify(wrong))
    }
    const subscribe = { action: 'subscribe', issues: ['7203'] }
    assert.deepEqual(conformance.problems('app', subscribe), [])
    assert.equal(conformance.problems('app', { ...subscribe, view: 'half' }).length, 1)
  })

  test('is a page that a browser shows without a network and without an error', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'itastream-asyncapi-'))
    t.after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'page.html')
    await writeFile(file, await staticPage(yaml, 'The protocol'))
    const browser = await openBrowser()
    t.after(() => browser.close())
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', error => problems.push(String(error)))
    page.on('console', message => message.type() === 'error' && problems.push(message.text()))
    page.on('request', request => {
      if (!request.url().startsWith('file:')) problems.push(request.url())
    })
    await page.goto(pathToFileURL(file).href)
    await page.getByText('Requests a pace: the shortest time').filter({ visible: true }).first().waitFor()
    const text = await page.locator('#document').innerText()
    for (const code of Object.keys(PROTOCOL_ERRORS)) assert.ok(text.includes(code), code)
    assert.deepEqual(problems, [])
  })

  test('refuses to render what is not an AsyncAPI document, and says why', async () => {
    await assert.rejects(
      staticPage('asyncapi: 3.1.0\ninfo:\n  title: without a version\n', 'Wrong'),
      (error: unknown) => error instanceof InvalidDocument && /version/.test(error.message),
    )
  })
})
