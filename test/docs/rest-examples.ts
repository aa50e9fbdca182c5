/** Finds the examples of docs/rest.md. */

export interface RestExample {
  /** Path and query. */
  readonly target: string
  readonly answer: { readonly status?: unknown }
}

/** Returns every request of the document with the answer after it. @throws Error for an answer without a request. */
export function restExamples(text: string): readonly RestExample[] {
  const examples = [...text.matchAll(/^```http\nGET (\S+)\n[^`]*```\n\n```json\n([^`]*)```$/gm)].map(
    ([, target = '', json = '']): RestExample => ({ target, answer: JSON.parse(json) }),
  )
  const answers = text.match(/^```json$/gm)?.length ?? 0
  if (answers !== examples.length)
    throw new Error(`expected a \`\`\`http request before each of ${answers} answers, got ${examples.length}`)
  return examples
}
