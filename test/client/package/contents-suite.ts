/** What the tarball has: its files, their size, and what they import. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { CLIENT_VERSION } from '../../../client/client-version.ts'
import { createProject, type PackedClient } from './packed-client.ts'

/** The most bytes of the tarball. It has the module, its declarations, the README and the licence. */
const MOST_PACKED_BYTES = 60_000
/** The most bytes that the client adds to a minified bundle, gzipped, as README.md of the client states. */
const MOST_BUNDLED_BYTES = 22 * 1024

export function contentsSuite(parts: {
  packed: () => PackedClient
  project: (name: string) => string
}): void {
  describe('the tarball', () => {
    let project: string
    let installed: string
    before(async () => {
      project = parts.project('contents')
      installed = join(project, 'node_modules/@itastream/client')
      await createProject(project, parts.packed())
    })
    const read = (path: string): Promise<string> => readFile(join(installed, path), 'utf8')

    it('has the module, its declarations, documents and examples, and nothing else', () => {
      const { files, size } = parts.packed()
      assert.deepEqual(
        [...files.keys()],
        [
          'LICENSE',
          'README.ja.md',
          'README.md',
          'dist/itastream.d.ts',
          'dist/itastream.js',
          'examples/board.html',
          'examples/board.tsx',
          'examples/local-system.ts',
          'examples/recorder.ts',
          'examples/watchlist.ts',
          'package.json',
        ],
      )
      assert.ok(size < MOST_PACKED_BYTES, `expected less than ${MOST_PACKED_BYTES} bytes, got ${size}`)
    })

    it('needs no other package', async () => {
      const manifest = JSON.parse(await read('package.json')) as Record<string, unknown>
      for (const name of ['dependencies', 'peerDependencies', 'optionalDependencies'])
        assert.equal(manifest[name], undefined, name)
      const { metafile } = await build({
        entryPoints: [join(installed, 'dist/itastream.js')],
        bundle: true,
        write: false,
        metafile: true,
        external: ['*'],
      })
      assert.deepEqual(
        Object.values(metafile.inputs).flatMap(({ imports }) => imports),
        [],
      )
      assert.doesNotMatch(await read('dist/itastream.d.ts'), /^\s*import\b|^export .*\bfrom\b|\bimport\(/m)
    })

    it('has the version that the client sends to the server', async () => {
      const { version } = JSON.parse(await read('package.json')) as { version: string }
      assert.equal(version, CLIENT_VERSION)
    })

    it('passes publint', async () => {
      const { messages } = await publint({ pkgDir: installed, pack: false, strict: true })
      assert.deepEqual(messages, [])
    })

    it('is bundled for browsers, with nothing but itself', async () => {
      const { outputFiles, metafile } = await build({
        stdin: {
          contents: `import { connect } from '@itastream/client'\nglobalThis.connect = connect\n`,
          resolveDir: project,
        },
        bundle: true,
        write: false,
        minify: true,
        metafile: true,
        platform: 'browser',
        format: 'esm',
      })
      const inputs = Object.keys(metafile.inputs).filter(path => path !== '<stdin>')
      assert.deepEqual(
        inputs.map(path => path.split('node_modules/').at(-1)),
        ['@itastream/client/dist/itastream.js'],
      )
      const size = gzipSync(outputFiles[0]!.contents).byteLength
      assert.ok(size < MOST_BUNDLED_BYTES, `expected less than ${MOST_BUNDLED_BYTES} bytes, got ${size}`)
    })

    it('adds nothing to a bundle that uses nothing of it', async () => {
      const { outputFiles } = await build({
        stdin: { contents: `import '@itastream/client'\n`, resolveDir: project },
        bundle: true,
        write: false,
        minify: true,
        format: 'esm',
        logLevel: 'silent',
      })
      assert.equal(outputFiles[0]!.text, '')
    })
  })
}
