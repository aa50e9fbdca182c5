import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
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
  ['sign-in/x.ts', ['../tables/x.ts', '../lambda/x.ts'], ['../posts/x.ts', '../functions/connect/x.ts']],
  ['archive/x.ts', ['../market/x.ts'], ['../functions/close-of-day/x.ts', '../tables/x.ts']],
  ['rest/x.ts', ['../market/x.ts', '../lambda/x.ts'], ['../tables/x.ts', '../prices/x.ts']],
  ['prices/x.ts', ['../tables/ticks/x.ts', '../rest/x.ts'], ['../posts/x.ts', '../archive/x.ts']],
  [
    'functions/connect/x.ts',
    ['./x.ts', '../../posts/x.ts', '../../sign-in/x.ts'],
    ['../message/x.ts', '../../cdk/x.ts'],
  ],
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
  ['client/examples/x.ts', ['@itastream/client', 'node:events'], ['../../lambda/x.ts']],
  ['tools/cost/x.ts', ['../../cdk/x.ts'], ['../../local/x.ts', '../../test/x.ts']],
  [
    'local/x.ts',
    ['../ingest-task/x.ts', '../client/x.ts', '@itastream/local-cloud'],
    ['../test/x.ts', '../bench/x.ts', './cloud/boot.ts'],
  ],
  ['local/cloud/x.ts', ['./kinesis/x.ts', 'ws'], ['../system.ts', '../../market/x.ts']],
  ['local/cloud/kinesis/x.ts', ['../pause.ts'], ['../../system.ts', '../../../market/x.ts']],
  [
    'bench/x.ts',
    ['../functions/connect/x.ts', '@itastream/local-cloud/batch-event'],
    ['../test/x.ts', '../local/cloud/mappings/x.ts'],
  ],
] as const

interface Finding {
  readonly file: string
  readonly rule: string
  readonly line: number
}

/** Lints a project that has the project's configuration and these files. */
function lint(files: Readonly<Record<string, string>>): Finding[] {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'layers-'))
  try {
    copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'))
    for (const [file, code] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(file)), { recursive: true })
      writeFileSync(join(folder, file), code)
    }
    const { stdout } = spawnSync(
      join(ROOT, 'node_modules/.bin/biome'),
      ['lint', '--reporter=github', '--max-diagnostics=none', '.'],
      { cwd: folder, encoding: 'utf8' },
    )
    const found = stdout.matchAll(/title=lint\/\w+\/(?<rule>\w+),file=(?<path>[^,]+),line=(?<line>\d+)/g)
    return [...found].map(({ groups }) => ({
      file: relative(folder, groups!.path!),
      rule: groups!.rule!,
      line: Number(groups!.line),
    }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('each layer may import the layers below it, and no others', () => {
  const code = (modules: readonly string[]): string => modules.map(name => `import '${name}'\n`).join('')
  const findings = lint(
    Object.fromEntries(IMPORTS.map(([file, allowed, refused]) => [file, code([...allowed, ...refused])])),
  ).filter(({ rule }) => rule === 'noRestrictedImports' || rule === 'noNodejsModules')
  for (const [file, allowed, refused] of IMPORTS) {
    const lines = findings.filter(finding => finding.file === file).map(({ line }) => line)
    const modules = lines.map(line => [...allowed, ...refused][line - 1])
    assert.deepEqual(modules.toSorted(), refused.toSorted(), file)
  }
})

test('an import circle is refused, also if a type import closes it', () => {
  const findings = lint({
    'market/a.ts': "import type { B } from './b.ts'\nexport interface A {\n  b: B\n}\n",
    'market/b.ts': "import type { A } from './a.ts'\nexport interface B {\n  a: A\n}\n",
  })
  assert.deepEqual(findings.map(({ file, rule }) => `${rule} ${file}`).sort(), [
    'noImportCycles market/a.ts',
    'noImportCycles market/b.ts',
  ])
})

test('a function of more than 80 lines is refused, except for a suite of tests', () => {
  const body = (lines: number): string =>
    `export function f(g: () => void): void {\n${'  g()\n\n'.repeat(lines)}}\n`
  const findings = lint({
    'cdk/short.ts': body(78),
    'cdk/long.ts': body(90),
    'test/cdk/long.ts': body(90),
    'test/cdk/long.test.ts': body(90),
    'test/cdk/long-suite.ts': body(90),
  })
  assert.deepEqual(findings.map(({ file, rule }) => `${rule} ${file}`).sort(), [
    'noExcessiveLinesPerFunction cdk/long.ts',
    'noExcessiveLinesPerFunction test/cdk/long.ts',
  ])
})
