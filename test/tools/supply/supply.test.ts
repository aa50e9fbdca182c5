import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { pathOf } from '../../../cdk/paths.ts'
import { isAllowed } from '../../../tools/supply/licence-rules.ts'
import { licencesPage } from '../../../tools/supply/licences-page.ts'
import { type LockedPackage, lockedPackages } from '../../../tools/supply/lock-packages.ts'
import { billOfMaterials } from '../../../tools/supply/sbom.ts'

const LOCK = readFileSync(pathOf('package-lock.json'), 'utf8')
const packages = lockedPackages(LOCK)
const PRODUCT = { name: 'itastream', version: '0.1.0', license: 'Apache-2.0' }

const locked = (licence: string | undefined, ships = true): LockedPackage => ({
  name: 'x',
  version: '1.0.0',
  licence,
  ships,
  integrity: undefined,
})

suite('the packages', () => {
  test('have allowed licences', () => {
    assert.deepEqual(
      packages
        .filter(each => !isAllowed(each))
        .map(({ name, version, licence }) => `${name} ${version}: ${licence}`),
      [],
    )
  })

  test('have a hash each, with which npm checks them', () => {
    assert.ok(packages.length > 300)
    assert.deepEqual(
      packages.filter(({ integrity }) => !integrity?.startsWith('sha512-')).map(({ name }) => name),
      [],
    )
  })

  test('that the project names are pinned to one version', () => {
    for (const file of ['package.json', 'local/cloud/package.json']) {
      const { dependencies, devDependencies } = JSON.parse(readFileSync(pathOf(file), 'utf8'))
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
        assert.match(String(version), /^\d+\.\d+\.\d+$/, `${file}: ${name}`)
    }
  })

  test('are those of docs/licences.md', () => {
    assert.equal(
      readFileSync(pathOf('docs/licences.md'), 'utf8'),
      licencesPage(packages),
      'run npm run licences',
    )
  })
})

suite('what ships', () => {
  test('are the dependencies of the project, with theirs, wherever they are installed', () => {
    const entry = (version: string, dependencies: Record<string, string> = {}, more: object = {}) => ({
      version,
      dependencies,
      integrity: `sha512-${version}`,
      ...more,
    })
    const text = JSON.stringify({
      packages: {
        '': { dependencies: { a: '1' }, devDependencies: { tool: '1' } },
        'node_modules/a': entry('1.0.0', { b: '2' }),
        'node_modules/a/node_modules/b': entry('2.0.0', { c: '1' }),
        'node_modules/b': entry('1.0.0'),
        'node_modules/c': entry('1.0.0', { a: '1' }),
        'node_modules/tool': entry('1.0.0', { b: '1' }),
        'node_modules/tool/node_modules/inner': entry('9.0.0', {}, { inBundle: true }),
        'node_modules/workspace': { link: true },
      },
    })
    assert.deepEqual(
      lockedPackages(text).map(({ name, version, ships }) => `${name}@${version} ${ships}`),
      ['a@1.0.0 true', 'b@1.0.0 false', 'b@2.0.0 true', 'c@1.0.0 true', 'tool@1.0.0 false'],
    )
  })

  test('may not have licences that are allowed for tools alone', () => {
    assert.ok(isAllowed(locked('MIT')))
    assert.ok(isAllowed(locked('(MIT OR GPL-3.0-or-later)')))
    assert.ok(!isAllowed(locked('GPL-3.0-or-later')))
    assert.ok(!isAllowed(locked('MIT AND GPL-3.0-or-later')))
    assert.ok(!isAllowed(locked('MPL-2.0')))
    assert.ok(isAllowed(locked('MPL-2.0', false)))
    assert.ok(!isAllowed(locked(undefined)))
  })
})

suite('the bill of materials', () => {
  const bill = billOfMaterials(PRODUCT, packages)

  test('is valid CycloneDX', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Spec1dot6.version)
    assert.equal(await validator.validate(bill), null)
    assert.notEqual(await validator.validate(bill.replace('"library"', '"book"')), null)
  })

  test('has every package that ships, with its hash, and no other', () => {
    const { components } = JSON.parse(bill) as {
      components: {
        group?: string
        name: string
        version: string
        hashes: { alg: string; content: string }[]
      }[]
    }
    const names = components.map(
      ({ group, name, version }) => `${group === undefined ? '' : `${group}/`}${name}@${version}`,
    )
    assert.deepEqual(
      names.toSorted(),
      packages
        .filter(({ ships }) => ships)
        .map(({ name, version }) => `${name}@${version}`)
        .toSorted(),
    )
    assert.ok(
      names.some(name => name.startsWith('iconv-lite@')) &&
        names.some(name => name.startsWith('@aws-sdk/core@')),
    )
    assert.ok(!names.some(name => name.startsWith('typescript@') || name.startsWith('dynalite@')))
    for (const { hashes } of components) assert.match(hashes[0]?.content ?? '', /^[0-9a-f]{128}$/)
  })

  test('is the same text each time', () => assert.equal(billOfMaterials(PRODUCT, packages), bill))
})
