/** Environment variables whose values differ on this machine. */
import { type AccountQuotas, AWS_QUOTAS, scaleRates } from './quotas/account-quotas.ts'

export interface GivenVariables {
  /** Quotas of the account. Default: {@link AWS_QUOTAS}. Limits of the template are scaled along with a smaller quota. */
  readonly quotas?: AccountQuotas
  /** Variables with a number of API Gateway requests a second, which is scaled with the quota of requests. */
  readonly rateVariables?: readonly string[]
  /** Values of variables, for each function and container that the template gives a variable of the name. */
  readonly variables?: Readonly<Record<string, string>>
}

/** Returns a function that makes the variables of a program from those of the template. */
export function givenVariables({ quotas = AWS_QUOTAS, rateVariables = [], variables = {} }: GivenVariables) {
  return (template: Readonly<Record<string, string>>): Record<string, string> => {
    const known = Object.entries(variables).filter(([name]) => name in template)
    return { ...scaleRates(template, rateVariables, quotas), ...Object.fromEntries(known) }
  }
}
