import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiItem } from '../../../tools/client-package/api-model.ts'
import { apiPage, withoutComment } from '../../../tools/client-package/api-page.ts'

/** A model as api-extractor writes it. */
const ITEMS: readonly ApiItem[] = [
  {
    kind: 'TypeAlias',
    name: 'Answer',
    docComment: '',
    excerptTokens: [{ kind: 'Content', text: "export type Answer = 'yes' | 'no';" }],
  },
  {
    kind: 'Interface',
    name: 'Client',
    docComment: '/**\n * A client of {@link connect}.\n */\n',
    excerptTokens: [{ kind: 'Content', text: 'export interface Client ' }],
    members: [
      {
        kind: 'PropertySignature',
        name: 'answer',
        docComment: '/**\n * Its answer,\n * if any: {@link Other.name}.\n */\n',
        excerptTokens: [
          { kind: 'Content', text: 'readonly answer?: ' },
          { kind: 'Reference', text: 'Answer' },
          { kind: 'Content', text: ' | null' },
          { kind: 'Content', text: ';' },
        ],
        isOptional: true,
        propertyTypeTokenRange: { startIndex: 1, endIndex: 3 },
      },
      {
        kind: 'MethodSignature',
        name: 'close',
        docComment:
          '/**\n * Ends it: see {@link Client.answer} and {@link Client.close}.\n *\n * @returns nothing.\n */\n',
        excerptTokens: [{ kind: 'Content', text: 'close(): void;' }],
      },
    ],
  },
  {
    kind: 'Function',
    name: 'connect',
    docComment: '/** Opens a client. */',
    excerptTokens: [{ kind: 'Content', text: 'export declare function connect(): Client;' }],
  },
]

test('the reference starts with connect, and has tables of properties and sections of methods', () => {
  const [, body] = apiPage(ITEMS).split('never changed.\n\n')
  assert.equal(
    body,
    `## connect

Opens a client.

\`\`\`ts
function connect(): Client;
\`\`\`

## Answer

\`\`\`ts
type Answer = 'yes' | 'no';
\`\`\`

## Client

A client of [\`connect\`](#connect).

| member | type | meaning |
| --- | --- | --- |
| \`answer\` (optional) | \`Answer \\| null\` | Its answer, if any: \`Other.name\`. |

### Client.close

\`\`\`ts
close(): void;
\`\`\`

Ends it: see [\`Client.answer\`](#client) and [\`Client.close\`](#clientclose).

Returns nothing.
`,
  )
})

test('names without a comment are found', () => {
  assert.deepEqual(withoutComment(ITEMS), ['Answer'])
})
