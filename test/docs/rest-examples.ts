/** Reads the documents of the REST API and their examples. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const DOCS = join(import.meta.dirname, '../../docs')

export const readDoc = (name: string): string => readFileSync(join(DOCS, name), 'utf8')

export interface RestExample {
  /** Path and query. */
  readonly target: string
  readonly answer: { readonly status?: unknown }
}

/** Returns every request of the documents with the answer after it. @throws Error for an answer without a request. */
export function restExamples(): readonly RestExample[] {
  return ['rest.md', 'rest-errors.md'].flatMap(name => {
    const text = readDoc(name)
    const examples = [...text.matchAll(/^```http\nGET (\S+)\n[^`]*```\n\n```json\n([^`]*)```$/gm)].map(
      ([, target = '', json = '']): RestExample => ({ target, answer: JSON.parse(json) }),
    )
    const answers = text.match(/^```json$/gm)?.length ?? 0
    if (answers === 0 || answers !== examples.length)
      throw new Error(
        `docs/${name}: expected a request before each of ${answers} answers, got ${examples.length}`,
      )
    return examples
  })
}
