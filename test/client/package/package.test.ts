/** Tests the package @itastream/client as an app uses it: packed, installed, compiled, bundled and run. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { compileSuite } from './compile-suite.ts'
import { contentsSuite } from './contents-suite.ts'
import { examplesSuite } from './examples-suite.ts'
import { type LiveSystem, startLiveSystem } from './live-market.ts'
import { liveSuite } from './live-suite.ts'
import { type PackedClient, packClient } from './packed-client.ts'
import { reactNativeSuite } from './react-native-suite.ts'
import { readmeSuite } from './readme-suite.ts'
import { referenceSuite } from './reference-suite.ts'

let folder: string
let packed: PackedClient
let system: LiveSystem | undefined
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'itastream-package-'))
  packed = await packClient(join(folder, 'packed'))
  system = await startLiveSystem()
})
after(async () => {
  await system?.close()
  await rm(folder, { recursive: true, force: true })
})

const parts = {
  packed: () => packed,
  /** Returns the path of a project that no other suite has. */
  project: (name: string) => join(folder, name),
  system: () => system!,
}
contentsSuite(parts)
compileSuite(parts)
referenceSuite()
liveSuite(parts)
readmeSuite(parts)
examplesSuite(parts)
reactNativeSuite(parts)
