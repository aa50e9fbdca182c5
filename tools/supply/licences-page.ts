/** The page docs/licences.md. */
import { licenceOf } from './licence-rules.ts'
import type { LockedPackage } from './lock-packages.ts'

function groupByLicence(packages: readonly LockedPackage[]): [string, LockedPackage[]][] {
  const groups = Map.groupBy(packages, licenceOf)
  return [...groups].toSorted(([a, as], [b, bs]) => bs.length - as.length || (a < b ? -1 : 1))
}

/** Returns the page as Markdown. */
export function licencesPage(packages: readonly LockedPackage[]): string {
  const shipped = packages.filter(({ ships }) => ships)
  const tools = packages.filter(({ ships }) => !ships)
  const lists = groupByLicence(shipped).map(
    ([licence, group]) =>
      `### ${licence}\n\n${group.map(({ name, version }) => `${name} ${version}`).join(', ')}\n`,
  )
  const counts = groupByLicence(tools).map(([licence, group]) => `| ${licence} | ${group.length} |\n`)
  return `# Licences

\`npm run licences\` writes this page from \`package-lock.json\`. \`tools/supply/licence-rules.ts\` says which licences are allowed,
and a test holds it. itastream itself has the licence [Apache-2.0](../LICENSE).

## What ships

These ${shipped.length} packages are in the functions, in the image of the ingest task or in the board page, or they deploy the stack.
\`npm run -s sbom\` prints them as a software bill of materials (CycloneDX).

${lists.join('\n')}
## What builds and tests

These ${tools.length} packages are on the machines of developers and of the gate alone.

| licence | packages |
| ------- | -------: |
${counts.join('')}`
}
