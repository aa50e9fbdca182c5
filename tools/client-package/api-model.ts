/** The model of the client's API as api-extractor writes it (https://api-extractor.com/pages/setup/custom_docs/): what the reference needs. */
import { readFileSync } from 'node:fs'

interface Token {
  readonly kind: 'Content' | 'Reference'
  readonly text: string
}

interface TokenRange {
  readonly startIndex: number
  readonly endIndex: number
}

/** An exported name, or a member of one. */
export interface ApiItem {
  readonly kind: string
  /** Absent for a constructor. */
  readonly name?: string
  /** The comment with its markers; empty or absent without a comment. */
  readonly docComment?: string
  readonly excerptTokens: readonly Token[]
  readonly isOptional?: boolean
  readonly propertyTypeTokenRange?: TokenRange
  readonly members?: readonly ApiItem[]
}

/** Reads the exported names of the package from the file that the build writes. */
export function readApiModel(file: string): readonly ApiItem[] {
  const model = JSON.parse(readFileSync(file, 'utf8')) as { members: [{ members: readonly ApiItem[] }] }
  return model.members[0].members
}

/** Returns the declaration of an item, without `export` and `declare`. */
export function declarationOf({ excerptTokens }: ApiItem): string {
  return textOf(excerptTokens)
    .replace(/^export /, '')
    .replace(/^declare /, '')
}

/** Returns the type of a property. */
export function typeOf({ excerptTokens, propertyTypeTokenRange }: ApiItem): string {
  const { startIndex = 0, endIndex = 0 } = propertyTypeTokenRange ?? {}
  return textOf(excerptTokens.slice(startIndex, endIndex))
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('')
}
