/** Which licences the packages of itastream may have. */
import type { LockedPackage } from './lock-packages.ts'

/** Licences that allow to ship a package as part of a closed product, if its notice is kept (SPDX identifiers). */
const SHIPPED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'OFL-1.1',
])
/** Licences that tools may have in addition: nobody outside gets their files. */
const TOOLS: ReadonlySet<string> = new Set([...SHIPPED, 'CC0-1.0', 'MPL-2.0', 'Python-2.0'])

/** Licences of packages that state none in a form that npm reads. Read by a person in the package's files. */
const READ_BY_HAND: Readonly<Record<string, string>> = { 'json-bignum@0.0.3': 'MIT' }

/** Returns the licence of a package, as it states it or as a person has read it. */
export function licenceOf({ name, version, licence }: LockedPackage): string {
  return licence ?? READ_BY_HAND[`${name}@${version}`] ?? 'none'
}

/** Returns whether a package may be used. Of a choice (`A OR B`) one licence is enough. */
export function isAllowed(locked: LockedPackage): boolean {
  const choices = licenceOf(locked).replaceAll(/[()]/g, '').split(' OR ')
  const allowed = locked.ships ? SHIPPED : TOOLS
  return choices.some(choice => choice.split(' AND ').every(licence => allowed.has(licence)))
}
