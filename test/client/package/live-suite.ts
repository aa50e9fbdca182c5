/** Runs a compiled app in Node, with the installed package, against the whole local system. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline/promises'
import { after, before, describe, it } from 'node:test'
import { type SyntheticSource, syntheticMarket } from '../../../local/local-market.ts'
import { type System, startSystem } from '../../../local/system.ts'
import type { BoardJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'
import { tellTruth } from '../../system/system-truth.ts'
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
const BOARDS = 20

export function liveSuite(parts: { packed: () => PackedClient; project: (name: string) => string }): void {
  describe('in Node', () => {
    let system: System<SyntheticSource>
    before(async () => {
      system = await startSystem({
        market: syntheticMarket({
          issues: 12,
          rate: 60,
          seed: 12,
          speed: 1,
          tradingDate: asTradingDate(20261120),
          live: 9.5 * 3_600_000_000,
        }),
        ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
        progress: () => {},
        log: () => {},
      })
    })
    after(() => system.close())

    it('shows an app the boards that the exchange sent', async t => {
      const project = parts.project('live')
      await createProject(project, parts.packed(), {
        'app.ts': APP,
        'node.d.ts': NODE,
        'tsconfig.json': JSON.stringify(TSCONFIG),
      })
      assert.equal(await compile(project), '')
      const { websocketUrl } = system.cloud
      const issue = system.issues[0]!.code
      const app = spawn(process.execPath, ['out/app.js', websocketUrl, system.issuer.tokenUrl, issue], {
        cwd: project,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      t.after(() => app.kill())
      const boards: BoardJson[] = []
      for await (const line of createInterface({ input: app.stdout })) {
        if (boards.push(JSON.parse(line) as BoardJson) === BOARDS) break
      }
      assert.equal(boards.length, BOARDS)
      const now = system.clock.now() - momentOf(system.time.tradingDate, 0)
      const truth = tellTruth(system.source.exchange, now)
      for (const board of boards) {
        const tick = truth.at(issue, board.sequence)
        assert.ok(tick, `expected a tick ${board.sequence} of ${issue}`)
        assert.deepEqual(board, boardInView(tick, 'board'))
      }
    })
  })
}
