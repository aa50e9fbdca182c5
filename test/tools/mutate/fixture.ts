/** A small tree with a product and tests, for tests of the mutation run. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Fixture extends Disposable {
  readonly root: string
}

const BASE = {
  'package.json': '{ "type": "module" }',
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      strict: true,
      noEmit: true,
      types: [],
      allowImportingTsExtensions: true,
    },
    include: ['market'],
  }),
}

/** Writes files into a temporary folder, with the configuration of a TypeScript project for `market/`. */
export function writeFixture(files: Readonly<Record<string, string>>): Fixture {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'mutate-fixture-'))
  mkdirSync(join(root, 'node_modules'))
  for (const [path, text] of Object.entries({ ...BASE, ...files })) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
}
