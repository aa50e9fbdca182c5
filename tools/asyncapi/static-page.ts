/** The AsyncAPI document as one HTML page, which needs no network: the viewer of AsyncAPI with the document in it. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Parser, stringify } from '@asyncapi/parser'

const { resolve } = createRequire(import.meta.url)
const VIEWER = '@asyncapi/react-component/browser/standalone/without-parser.js'
const STYLE = '@asyncapi/react-component/styles/default.min.css'

/** The text is not a valid AsyncAPI document. */
export class InvalidDocument extends Error {
  override readonly name = 'InvalidDocument'
}

/** Returns the page. @throws InvalidDocument with every problem that the parser finds. */
export async function staticPage(yaml: string, title: string): Promise<string> {
  const { document, diagnostics } = await new Parser().parse(yaml)
  if (document === undefined || diagnostics.length > 0) {
    const problems = diagnostics.map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new InvalidDocument(`expected an AsyncAPI document, got\n${problems.join('\n')}`)
  }
  const config = {
    show: { errors: false, sidebar: true },
    sidebar: { showOperations: 'bySpec' },
    expand: { messageExamples: true },
    sendLabel: 'SERVER SENDS',
    receiveLabel: 'APP SENDS',
    replyLabel: 'APP REQUESTS',
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${contentOf(STYLE)}</style>
</head>
<body>
<div id="document"></div>
<script>${escaped(contentOf(VIEWER))}</script>
<script>
AsyncApiStandalone.render(${escaped(JSON.stringify({ schema: stringify(document), config }))}, document.getElementById('document'))
</script>
</body>
</html>
`
}

function contentOf(file: string): string {
  return readFileSync(resolve(file), 'utf8')
}

/** Returns a script that cannot end the element that it stands in. */
function escaped(script: string): string {
  return script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')
}
