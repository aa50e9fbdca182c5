/** Secrets: a new value for each run, generated as the template says, and the values of secrets outside the stack. */
import { randomInt } from 'node:crypto'
import * as v from 'valibot'
import { numeric, readProperties } from '../template/properties.ts'
import type { Stack } from '../template/stack.ts'

export interface Secrets {
  /** Returns the value of the secret with this ARN. */
  get(arn: string): string | undefined
}

const schema = v.object({
  SecretString: v.optional(v.string()),
  GenerateSecretString: v.optional(
    v.object({
      PasswordLength: v.optional(numeric, 32),
      ExcludePunctuation: v.optional(v.boolean(), false),
      ExcludeCharacters: v.optional(v.string(), ''),
      SecretStringTemplate: v.optional(v.string()),
      GenerateStringKey: v.optional(v.string()),
    }),
  ),
})

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const PUNCTUATION = '!#$%&()*+,-./:;<=>?@[]^_{|}~'

/** @param outside values of secrets that the template does not declare, by their ARN. */
export function openSecrets(stack: Stack, outside: Readonly<Record<string, string>>): Secrets {
  const values = new Map(Object.entries(outside))
  for (const resource of stack.ofType('AWS::SecretsManager::Secret')) {
    const { SecretString, GenerateSecretString: rule } = readProperties(resource, schema)
    values.set(stack.ref(resource.logicalId), SecretString ?? (rule === undefined ? '' : generate(rule)))
  }
  return { get: arn => values.get(arn) }
}

type Rule = NonNullable<v.InferOutput<typeof schema>['GenerateSecretString']>

function generate(rule: Rule): string {
  const characters = [...LETTERS_AND_DIGITS, ...(rule.ExcludePunctuation ? '' : PUNCTUATION)].filter(
    character => !rule.ExcludeCharacters.includes(character),
  )
  const password = Array.from(
    { length: rule.PasswordLength },
    () => characters[randomInt(characters.length)],
  ).join('')
  const { SecretStringTemplate: template, GenerateStringKey: key } = rule
  if (template === undefined || key === undefined) return password
  return JSON.stringify({ ...(JSON.parse(template) as object), [key]: password })
}
