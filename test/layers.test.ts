import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..')

/** Imports by the file that has them: those that are allowed, and those that are not. */
const IMPORTS = [
  ['market/x.ts', ['./codec/pack.ts'], ['../lambda/x.ts', '../client/x.ts', 'node:zlib']],
  ['market/codec/x.ts', ['../board.ts', 'node:zlib'], ['../../tables/x.ts']],
  ['contract/x.ts', ['../market/clock.ts'], ['../lambda/x.ts', '../functions/connect/x.ts']],
  [
    'ingest-task/line/x.ts',
    ['../quick/x.ts', '../../market/x.ts'],
    ['../../lambda/x.ts', '../../local/x.ts'],
  ],
  ['lambda/x.ts', ['../market/x.ts', '../contract/x.ts'], ['../tables/x.ts', '../prices/x.ts']],
  ['tables/ticks/x.ts', ['../dynamodb.ts', '../../lambda/x.ts'], ['../../prices/x.ts', '../../posts/x.ts']],
  ['posts/x.ts', ['../tables/x.ts'], ['../prices/x.ts', '../functions/connect/x.ts']],
  ['archive/x.ts', ['../market/x.ts'], ['../functions/close-of-day/x.ts', '../lambda/x.ts']],
  ['rest/x.ts', ['../market/x.ts', '../lambda/x.ts'], ['../tables/x.ts', '../prices/x.ts']],
  ['prices/x.ts', ['../tables/ticks/x.ts', '../rest/x.ts'], ['../posts/x.ts', '../archive/x.ts']],
  ['functions/connect/x.ts', ['./x.ts', '../../posts/x.ts'], ['../message/x.ts', '../../cdk/x.ts']],
  [
    'functions/connect/connect-settings.ts',
    ['valibot', '../../contract/settings.ts'],
    ['@aws-sdk/client-kinesis', '../../lambda/x.ts', './connect-handler.ts'],
  ],
  [
    'cdk/x.ts',
    ['../functions/connect/connect-settings.ts', '../tables/ticks/ticks-keys.ts', '../market/lane.ts'],
    ['../functions/connect/connect-handler.ts', '../tables/dynamodb.ts', '../lambda/x.ts', '../local/x.ts'],
  ],
  ['client/page/x.ts', ['../x.ts', '../../market/x.ts', 'lit'], ['../../market/codec/x.ts', 'node:fs']],
  ['tools/cost/x.ts', ['../../cdk/x.ts'], ['../../local/x.ts', '../../test/x.ts']],
  [
    'local/x.ts',
    ['../ingest-task/x.ts', '../client/x.ts', '@itastream/local-cloud'],
    ['../test/x.ts', '../bench/x.ts', './cloud/boot.ts'],
  ],
  ['local/cloud/x.ts', ['./kinesis/x.ts', 'ws'], ['../system.ts', '../../market/x.ts']],
  ['local/cloud/kinesis/x.ts', ['../pause.ts'], ['../../system.ts', '../../../market/x.ts']],
  ['bench/x.ts', ['@itastream/local-cloud/batch-event'], ['../local/cloud/mappings/x.ts']],
] as const

/** Lints an empty project whose files have these imports. Returns the refused modules of each file. */
function refusedImports(): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'))
  try {
    copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'))
    for (const [file, allowed, refused] of IMPORTS) {
      mkdirSync(join(folder, dirname(file)), { recursive: true })
      writeFileSync(join(folder, file), [...allowed, ...refused].map(name => `import '${name}'\n`).join(''))
    }
    const { stdout } = spawnSync(
      join(ROOT, 'node_modules/.bin/biome'),
      ['lint', '--reporter=github', '--max-diagnostics=none', '.'],
      { cwd: folder, encoding: 'utf8' },
    )
    const lines = /style\/noRestrictedImports|correctness\/noNodejsModules/
    const found = new Map<string, string[]>(IMPORTS.map(([file]) => [file, []]))
    for (const text of stdout.split('\n').filter(each => lines.test(each))) {
      const { file, line } = /file=(?<file>[^,]+),line=(?<line>\d+)/.exec(text)!.groups!
      const entry = IMPORTS.find(([name]) => file!.endsWith(name))!
      found.get(entry[0])!.push([...entry[1], ...entry[2]][Number(line) - 1]!)
    }
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('each layer may import the layers below it, and no others', () => {
  const found = refusedImports()
  for (const [file, , refused] of IMPORTS)
    assert.deepEqual(found.get(file)!.toSorted(), refused.toSorted(), file)
})
