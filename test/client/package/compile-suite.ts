/** Compiles blank projects with the strictest options of TypeScript against the installed package. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile, createProject, type PackedClient } from './packed-client.ts'

const APP = `
import { type BoardEvent, connect, type Itastream, PROTOCOL_ERRORS, type TradeJson } from '@itastream/client'

const client: Itastream = connect({ url: 'wss://example.com/live', token: async () => 'token', pace: 1000 })
const trades: TradeJson[] = []
function show({ issue, board, trades: added, lost }: BoardEvent): string {
  trades.push(...added)
  const [price, quantity] = board.asks[0] ?? [undefined, 0]
  return [issue, price?.toFixed(1) ?? '-', quantity, board.status?.name, lost].join(' ')
}
export const stop: () => void = client.subscribe('7203', event => void show(event), { view: 'quote', trades: true })
client.on('line', ({ line, state }) => state === 'stale' && line.toFixed())
client.on('error', ({ code, message }) => message + (code in PROTOCOL_ERRORS ? '' : code))
client.on('error', ({ code }) => code in PROTOCOL_ERRORS && PROTOCOL_ERRORS[code as keyof typeof PROTOCOL_ERRORS].sentence)
export const isOpen: boolean = client.state === 'connected'
`

/** Statements that must not compile, with the code of the error. */
const MISTAKES = [
  ["import { createBook } from '@itastream/client'; createBook()", 'TS2305'],
  ["import '@itastream/client/dist/other.js'", 'TS2882'],
  ["import { connect } from '@itastream/client'; connect({ url: 'wss://example.com/live' })", 'TS2741'],
  [
    "import type { BoardJson } from '@itastream/client'; export const f = (b: BoardJson) => { b.volume = 1 }",
    'TS2540',
  ],
] as const

const RESOLUTIONS = [
  { module: 'esnext', moduleResolution: 'bundler' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
]

export function compileSuite(parts: { packed: () => PackedClient; project: (name: string) => string }): void {
  describe('the declarations', () => {
    for (const resolution of RESOLUTIONS) {
      const name = resolution.moduleResolution
      it(`compile in a strict project with moduleResolution ${name}, without types of browsers or Node`, async () => {
        const project = parts.project(`compile-${name}`)
        const mistakes = MISTAKES.map(([code], index) => [`mistake${index}.ts`, `${code}\nexport {}\n`])
        const tsconfig = {
          compilerOptions: {
            ...resolution,
            target: 'es2022',
            lib: ['es2022'],
            types: [],
            strict: true,
            noUncheckedIndexedAccess: true,
            exactOptionalPropertyTypes: true,
            noPropertyAccessFromIndexSignature: true,
            verbatimModuleSyntax: true,
            isolatedModules: true,
            skipLibCheck: false,
            noEmit: true,
          },
          include: ['*.ts'],
        }
        await createProject(project, parts.packed(), {
          'app.ts': APP,
          'tsconfig.json': JSON.stringify(tsconfig),
          ...Object.fromEntries(mistakes),
        })
        const errors = await compile(project)
        const found = [...errors.matchAll(/(?<file>\w+)\.ts\(\d+,\d+\): error (?<code>TS\d+)/g)]
        assert.deepEqual(
          found.map(({ groups }) => `${groups!.file} ${groups!.code}`),
          MISTAKES.map(([, code], index) => `mistake${index} ${code}`),
          errors,
        )
      })
    }
  })
}
