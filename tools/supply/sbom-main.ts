/** `npm run sbom`: prints the software bill of materials. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments, UsageError } from '../tool-arguments.ts'
import { lockedPackages } from './lock-packages.ts'
import { billOfMaterials, type Product } from './sbom.ts'

const ROOT = join(import.meta.dirname, '../..')

const HELP = `Prints the software bill of materials of what ships (CycloneDX 1.6, JSON), from package-lock.json.

Usage: npm run -s sbom > sbom.json

Exit code: 0; 2 for a bad command line.
`

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8')

try {
  const { values } = readArguments({ options: { help: { type: 'boolean', short: 'h' } } })
  if (values.help) process.stdout.write(HELP)
  else {
    const product = JSON.parse(read('package.json')) as Product
    process.stdout.write(billOfMaterials(product, lockedPackages(read('package-lock.json'))))
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`sbom: ${error.message}. See npm run -s sbom -- --help.`)
  process.exitCode = 2
}
