/** `npm run licences`: writes docs/licences.md, and refuses licences that are not allowed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { isAllowed, licenceOf } from './licence-rules.ts'
import { licencesPage } from './licences-page.ts'
import { lockedPackages } from './lock-packages.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = 'docs/licences.md'

const HELP = `Lists the licences of all packages in ${PAGE}, from package-lock.json.

Usage: npm run -s licences

Exit code: 0; 1 if a licence is not allowed; 2 for a bad command line.
`

try {
  const { values } = readArguments({ options: { help: { type: 'boolean', short: 'h' } } })
  if (values.help) process.stdout.write(HELP)
  else {
    const packages = lockedPackages(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
    writeFileSync(join(ROOT, PAGE), licencesPage(packages))
    console.log(`${PAGE}: ${packages.length} packages`)
    for (const refused of packages.filter(locked => !isAllowed(locked))) {
      console.error(`licences: ${refused.name} ${refused.version}: ${licenceOf(refused)} is not allowed`)
      process.exitCode = 1
    }
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`licences: ${error.message}. See npm run -s licences -- --help.`)
  process.exitCode = 2
}
