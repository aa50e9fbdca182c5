/** Who deploys, and where: the first request, without which no other makes sense. */
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import { type CheckResult, missing, ok } from './check-result.ts'

export interface Identity {
  readonly account: string
  readonly result: CheckResult
}

/** @param expected the account that the deployment is for. Undefined: any. */
export async function checkIdentity(
  sts: STSClient,
  region: string,
  expected: string | undefined,
): Promise<Identity> {
  const area = 'account'
  try {
    const { Account: account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}))
    const found = `${account}, region ${region}, as ${Arn}`
    if (expected === undefined || expected === account) return { account, result: ok(area, found) }
    const todo = `Use credentials of the account ${expected}.`
    return { account, result: missing(area, found, todo) }
  } catch (error) {
    const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return {
      account: '',
      result: missing(area, found, 'Needs AWS credentials and a region, as cdk deploy does.'),
    }
  }
}
