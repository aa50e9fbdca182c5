/**
 * Runs the package with what React Native has. React Native itself does not run here. Its compiler (hermesc) shows that the
 * engine reads the module, and which globals the module uses. A context of V8 without the other globals, and without what
 * Hermes lacks of the language, shows that the client works with these.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import type { BoardEvent } from '../../../client/itastream.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import { until } from '../../until.ts'
import { type LiveSystem, truthOf } from './live-market.ts'
import { createProject, type PackedClient } from './packed-client.ts'

/**
 * Globals of every React Native since 0.72 that an app may rely on (setUpTimers.js, setUpXHR.js and setUpPerformance.js in Libraries/Core). Its URL and Blob
 * are not those of browsers: URL appends a slash, and Blob takes no bytes. TextDecoder came with 0.85.
 */
const GLOBALS = [
  'AbortController',
  'clearTimeout',
  'console',
  'fetch',
  'performance',
  'queueMicrotask',
  'setTimeout',
  'WebSocket',
] as const
/** Globals that the client uses only if DecompressionStream is there. */
const GUARDED = ['Blob', 'DecompressionStream', 'TextDecoder', 'TextEncoder']
/** What Hermes lacks of ECMAScript, as far as V8 has it. */
const WITHOUT = `
  for (const [owner, ...names] of [
    [Array.prototype, 'toSorted'],
    [Array, 'fromAsync'],
    [Promise, 'withResolvers', 'try'],
    [Object, 'groupBy'],
    [Map, 'groupBy'],
    [Set.prototype, 'union', 'intersection', 'difference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'],
    [Iterator.prototype, 'map', 'filter', 'take', 'drop', 'toArray', 'reduce', 'some', 'every', 'find', 'flatMap', 'forEach'],
    [globalThis, 'Iterator', 'WebAssembly', 'SharedArrayBuffer', 'Atomics'],
  ])
    for (const name of names) delete owner[name]
`
const COMPILERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'linux64-bin/hermesc',
  darwin: 'osx-bin/hermesc',
  win32: 'win64-bin/hermesc.exe',
}
const BOARDS = 5

interface Parts {
  readonly packed: () => PackedClient
  readonly project: (name: string) => string
  readonly system: () => LiveSystem
}

export function reactNativeSuite(parts: Parts): void {
  describe('in React Native', () => {
    let bundle: string
    let project: string
    before(async () => {
      project = parts.project('react-native')
      await createProject(project, parts.packed())
      const { outputFiles } = await build({
        stdin: { contents: "export * from '@itastream/client'", resolveDir: project },
        bundle: true,
        write: false,
        format: 'iife',
        globalName: 'itastream',
        // hermesc reports undeclared variables of strict code alone.
        banner: { js: '"use strict";' },
      })
      bundle = outputFiles[0]!.text
    })

    it('compiles with Hermes, and uses no global that React Native lacks', async () => {
      const file = join(project, 'bundle.js')
      await writeFile(file, bundle)
      const output = join(project, 'bundle.hbc')
      const { stderr } = await promisify(execFile)(hermesCompiler(), [
        '-O',
        '-emit-binary',
        '-out',
        output,
        file,
      ])
      assert.ok(existsSync(output))
      const undeclared = [...stderr.matchAll(/the variable "(?<name>\w+)" was not declared/g)]
      const used = [...new Set(undeclared.map(({ groups }) => groups!.name!))]
      assert.ok(used.includes('WebSocket'), stderr)
      assert.deepEqual(
        used.filter(name => ![...GLOBALS, ...GUARDED, 'Promise'].includes(name)),
        [],
      )
    })

    it('shows boards with only these globals', async t => {
      const system = parts.system()
      const context = createContext(Object.fromEntries(GLOBALS.map(name => [name, globalThis[name]])))
      runInContext(WITHOUT, context)
      runInContext(bundle, context)
      const { connect } = runInContext('itastream', context) as typeof import('../../../client/itastream.ts')
      const { code } = system.issues[0]!
      const client = connect({ url: system.cloud.websocketUrl, token: () => system.issuer.token() })
      t.after(() => client.close())
      const events: BoardEvent[] = []
      client.subscribe(code, event => events.push(event))
      await until(() => events.length >= BOARDS, `${BOARDS} boards`)
      const truth = truthOf(system)
      for (const { board } of events.slice(0, BOARDS)) {
        const tick = truth.at(code, board.sequence)
        assert.ok(tick, `expected a tick ${board.sequence} of ${code}`)
        // Objects of another context have other prototypes.
        assert.deepEqual(JSON.parse(JSON.stringify(board)), boardInView(tick, 'board'))
      }
    })
  })
}

function hermesCompiler(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('hermes-compiler'))
  const path = COMPILERS[process.platform]
  if (path === undefined)
    throw new Error(`expected a platform with a Hermes compiler, got ${process.platform}`)
  return join(folder, 'hermesc', path)
}
