/** The reference of the client's API as one Markdown page, made from the comments in the code. */
import { type ApiItem, declarationOf, typeOf } from './api-model.ts'

/** The names that a reader needs first, in this order. The others follow in the order of the alphabet. */
const FIRST = [
  'connect',
  'ConnectOptions',
  'Itastream',
  'SubscribeOptions',
  'BoardEvent',
  'BoardJson',
  'BoardMembersJson',
  'TradeJson',
  'ClientEvents',
]
/** A longer declaration is left out: its members are of no use to a reader. */
const MOST_SHOWN = 400

const HEAD = `# API of @itastream/client

Made by \`npm run client-api\` from the comments in the code. The [guide](../client/README.md) shows how the parts work together.
Prices and amounts are yen, quantities are shares. Objects that the client gives are never changed.
`

/** Returns the text of docs/client-api.md. */
export function apiPage(items: readonly ApiItem[]): string {
  const headings = new Set(items.flatMap(item => [item, ...sections(item)].map(part => titleOf(item, part))))
  const sorted = items.toSorted((a, b) => rank(a) - rank(b))
  return [HEAD, ...sorted.map(item => section(item, headings))].join('\n')
}

/**
 * Returns the names of items and members that have no comment: "BoardJson.line". The members `type` and `name`, which tell events
 * and errors apart, need none.
 */
export function withoutComment(items: readonly ApiItem[]): string[] {
  return items.flatMap(item => {
    const members = (item.members ?? []).filter(({ name = 'name' }) => name !== 'type' && name !== 'name')
    return [
      ...((item.docComment ?? '') === '' ? [`${item.name}`] : []),
      ...members.flatMap(({ name, docComment = '' }) => (docComment === '' ? [`${item.name}.${name}`] : [])),
    ]
  })
}

function rank({ name = '' }: ApiItem): number {
  const place = FIRST.indexOf(name)
  return place === -1 ? FIRST.length : place
}

function section(item: ApiItem, headings: ReadonlySet<string>): string {
  const members = item.members ?? []
  const rows = members.filter(isShort)
  return `${joined([
    `## ${item.name}`,
    description(item, headings),
    code(declarationOf(item)),
    rows.length === 0 ? '' : table(rows, headings),
    ...sections(item).flatMap(member => [
      member.name === undefined ? '' : `### ${titleOf(item, member)}`,
      code(declarationOf(member)),
      description(member, headings),
    ]),
  ])}\n`
}

/** Returns the members that have sections of their own. */
function sections({ members = [] }: ApiItem): ApiItem[] {
  return members.filter(member => !isShort(member) && member.kind !== 'Constructor')
}

/** Returns the title of an item, or of a member of it. */
function titleOf(item: ApiItem, part: ApiItem): string {
  return part === item ? `${item.name}` : `${item.name}.${part.name}`
}

function joined(paragraphs: readonly string[]): string {
  return paragraphs.filter(text => text !== '').join('\n\n')
}

/** Whether a member is a property whose comment fits into a table. */
function isShort({ propertyTypeTokenRange, docComment = '' }: ApiItem): boolean {
  return propertyTypeTokenRange !== undefined && !docComment.includes('```')
}

function code(declaration: string): string {
  const text = declaration.trim()
  return text.length > MOST_SHOWN || /^interface \w+$/.test(text) ? '' : `\`\`\`ts\n${text}\n\`\`\``
}

function table(properties: readonly ApiItem[], headings: ReadonlySet<string>): string {
  const rows = properties.map(property => {
    const name = `\`${property.name}\`${property.isOptional ? ' (optional)' : ''}`
    const type = typeOf(property).replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
    return `| ${name} | \`${type}\` | ${description(property, headings).replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')} |`
  })
  return ['| member | type | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/** Returns a comment as Markdown. */
function description({ docComment = '' }: ApiItem, headings: ReadonlySet<string>): string {
  return docComment
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/\s*$/, '')
    .replaceAll(/^[ \t]*\* ?/gm, '')
    .replaceAll(/\{@link (?<target>[\w.]+)\}/g, (_, target: string) => link(target, headings))
    .replaceAll(/@returns\s+/g, 'Returns ')
    .replaceAll(/@example\s+/g, '')
    .replaceAll(/@throws\s+/g, 'Throws ')
    .replaceAll(/@typeParam (?<name>\w+) - /g, '`$<name>`: ')
    .trim()
}

/** Returns a link to the section of a name. A property has the section of its owner. */
function link(target: string, headings: ReadonlySet<string>): string {
  const section = [target, target.split('.')[0]!].find(name => headings.has(name))
  if (section === undefined) return `\`${target}\``
  return `[\`${target}\`](#${section.toLowerCase().replaceAll('.', '')})`
}
