/** Tests the package @itastream/client as an app uses it: packed, installed, compiled, bundled and run. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { compileSuite } from './compile-suite.ts'
import { contentsSuite } from './contents-suite.ts'
import { liveSuite } from './live-suite.ts'
import { type PackedClient, packClient } from './packed-client.ts'

describe('@itastream/client', () => {
  let folder: string
  let packed: PackedClient
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'itastream-package-'))
    packed = await packClient(join(folder, 'packed'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const parts = {
    packed: () => packed,
    /** Returns the path of a project that no other suite has. */
    project: (name: string) => join(folder, name),
  }
  contentsSuite(parts)
  compileSuite(parts)
  liveSuite(parts)
})
