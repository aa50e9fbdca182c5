/** The software bill of materials: what ships, as CycloneDX. */
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { licenceOf } from './licence-rules.ts'
import type { LockedPackage } from './lock-packages.ts'

export interface Product {
  readonly name: string
  readonly version: string
  readonly license: string
}

/** Returns the bill of materials of the packages that ship, as JSON. Equal packages give an equal text. */
export function billOfMaterials(product: Product, packages: readonly LockedPackage[]): string {
  const bom = new Models.Bom()
  const main = new Models.Component(Enums.ComponentType.Application, product.name, {
    version: product.version,
    bomRef: `${product.name}@${product.version}`,
  })
  main.licenses.add(new Models.SpdxLicense(product.license))
  bom.metadata.component = main
  for (const locked of packages.filter(({ ships }) => ships)) {
    const component = componentOf(locked)
    bom.components.add(component)
    main.dependencies.add(component.bomRef)
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6))
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`
}

function componentOf(locked: LockedPackage): Models.Component {
  const { name, version, integrity } = locked
  const [group, base] = name.startsWith('@') ? (name.split('/') as [string, string]) : [undefined, name]
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const component = new Models.Component(Enums.ComponentType.Library, base, { version, purl, bomRef: purl })
  if (group !== undefined) component.group = group
  const licence = licenceOf(locked)
  component.licenses.add(
    licence.includes(' ') ? new Models.LicenseExpression(licence) : new Models.SpdxLicense(licence),
  )
  const [, hash] = /^sha512-(\S+)/.exec(integrity ?? '') ?? []
  if (hash !== undefined)
    component.hashes.set(Enums.HashAlgorithm['SHA-512'], Buffer.from(hash, 'base64').toString('hex'))
  return component
}
