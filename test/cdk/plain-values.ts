/** Writes values of a template as plain text, so that a test can list them by hand: `TicksStream.Arn`, `arn:…/live/*`. */
import { nameOf } from './template-reading.ts'

type Arguments = readonly unknown[]

/** How a text shows the intrinsic functions of CloudFormation. */
const SHOWN: Readonly<Record<string, (argument: unknown) => string>> = {
  Ref: id => nameOf(String(id)).replace('AWS::', ''),
  'Fn::GetAtt': argument => (argument as Arguments).map(part => nameOf(String(part))).join('.'),
  'Fn::Join': argument => {
    const [separator, parts] = argument as [string, Arguments]
    return parts.map(plain).join(separator)
  },
  'Fn::Sub': argument => String(argument),
  'Fn::If': argument => {
    const [, yes, no] = argument as Arguments
    return `${plain(yes)} or ${plain(no)}`
  },
}

/** Returns a value as text. Names of resources have no hash. */
export function plain(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(plain).join(', ')
  const entries = Object.entries(value)
  const [[name = '', argument] = []] = entries
  const show = SHOWN[name]
  if (entries.length === 1 && show !== undefined) return show(argument)
  return entries.map(([key, inner]) => `${key}=${plain(inner)}`).join(' ')
}
