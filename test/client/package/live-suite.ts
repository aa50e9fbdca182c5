/** Runs a compiled app in Node, with the installed package, against the whole local system. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BoardJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import { type LiveSystem, runApp, truthOf } from './live-market.ts'
import { compile, createProject, type PackedClient } from './packed-client.ts'

/** Prints the boards of an issue until it is ended. The token comes from the issuer of the local system. */
const APP = `
import { connect } from '@itastream/client'

const [url, tokenUrl, issue] = process.argv.slice(2) as [string, string, string]
const token = async (): Promise<string> => {
  const response = await fetch(tokenUrl, { method: 'POST' })
  return ((await response.json()) as { access_token: string }).access_token
}
const client = connect({ url, token })
client.subscribe(issue, ({ board }) => console.log(JSON.stringify(board)))
`

const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'dom'],
    strict: true,
    types: [],
    outDir: 'out',
  },
  include: ['app.ts', 'node.d.ts'],
}
/** The app needs no more of Node than this. */
const NODE = 'declare const process: { readonly argv: string[] }\n'

/** Boards that the app must print. */
const BOARDS = 10

interface Parts {
  readonly packed: () => PackedClient
  readonly project: (name: string) => string
  readonly system: () => LiveSystem
}

export function liveSuite(parts: Parts): void {
  describe('in Node', () => {
    it('shows an app the boards that the exchange sent', async t => {
      const project = parts.project('live')
      await createProject(project, parts.packed(), {
        'app.ts': APP,
        'node.d.ts': NODE,
        'tsconfig.json': JSON.stringify(TSCONFIG),
      })
      assert.equal(await compile(project), '')
      const system = parts.system()
      const issue = system.issues[0]!.code
      const { cloud, issuer } = system
      const app = runApp(t, system, project, ['out/app.js', cloud.websocketUrl, issuer.tokenUrl, issue])
      const boards: BoardJson[] = []
      for await (const line of app.lines) {
        if (boards.push(JSON.parse(line) as BoardJson) === BOARDS) break
      }
      assert.equal(boards.length, BOARDS, app.errors())
      const truth = truthOf(system)
      for (const board of boards) {
        const tick = truth.at(issue, board.sequence)
        assert.ok(tick, `expected a tick ${board.sequence} of ${issue}`)
        assert.deepEqual(board, boardInView(tick, 'board'))
      }
    })
  })
}
