/** The option `--quota`: a smaller account than the default one of AWS, so that one machine reaches its quotas. */
import { type AccountQuotas, AWS_QUOTAS, type QuotaName } from '@itastream/local-cloud/account-quotas'

/** Least and greatest share of all quotas. A smaller account could not run the functions of the system together. */
const SHARES = [0.01, 1] as const

const NAMES = Object.keys(AWS_QUOTAS) as readonly QuotaName[]

/**
 * Reads `0.01`, a share of all quotas, or single quotas: `requests=200,connects=10`. Adds every problem.
 * @returns the default quotas, except for those that the text names.
 */
export function readQuotas(text: string, problems: string[]): AccountQuotas {
  return text.includes('=') ? readSingle(text, problems) : readShare(text, problems)
}

function readShare(text: string, problems: string[]): AccountQuotas {
  const share = Number(text)
  const [least, greatest] = SHARES
  if (text.trim() === '' || !(share >= least && share <= greatest)) {
    problems.push(
      `--quota: expected a number from ${least} to ${greatest}, or quotas such as requests=200,connects=10, got "${text}"`,
    )
    return AWS_QUOTAS
  }
  const scaled = NAMES.map(name => [name, Math.max(1, Math.round(AWS_QUOTAS[name] * share))])
  return Object.fromEntries(scaled) as Record<QuotaName, number>
}

function readSingle(text: string, problems: string[]): AccountQuotas {
  const quotas: Record<QuotaName, number> = { ...AWS_QUOTAS }
  const seen = new Set<string>()
  for (const part of text.split(',')) {
    const [key = '', value = ''] = part.split('=')
    const name = NAMES.find(known => known === key.trim())
    if (name === undefined) {
      problems.push(`--quota: expected one of ${NAMES.join(', ')}, got "${part}"`)
      continue
    }
    if (seen.has(name)) problems.push(`--quota: expected ${name} once, got it again in "${part}"`)
    seen.add(name)
    const count = Number(value)
    if (value.trim() === '' || !Number.isInteger(count) || count < 1 || count > AWS_QUOTAS[name]) {
      problems.push(`--quota: ${name}: expected a whole number from 1 to ${AWS_QUOTAS[name]}, got "${value}"`)
      continue
    }
    quotas[name] = count
  }
  return quotas
}

/** Describes the quotas for a person. */
export function formatQuotas({ requests, connects, concurrency, writes, reads }: AccountQuotas): string {
  return (
    `${requests} requests/s, ${connects} connects/s, ${writes} writes/s and ${reads} reads/s a table, ` +
    `concurrency ${concurrency}`
  )
}
