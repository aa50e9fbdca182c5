/** Boots templates that lack one right each: AWS would refuse to deploy them. */
import { type RoleRight, startCloud } from '@itastream/local-cloud'
import { assemble, STACK_NAME } from '../../../local/assemble.ts'
import { LINE_NUMBERS } from '../../../market/lane.ts'

const LINE_SECRET = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:line-local0'

/** What a template needs to boot without an exchange. Nobody listens at the ports of the lines. */
export const WITHOUT_LINES = {
  secrets: { [LINE_SECRET]: JSON.stringify({ user: 'nobody', password: 'none' }) },
  parameters: {
    TokenIssuer: 'http://localhost:1',
    LineSecret: LINE_SECRET,
    ...Object.fromEntries(
      LINE_NUMBERS.flatMap(line => [
        [`LineHost${line}`, '127.0.0.1'],
        [`LinePort${line}`, '1'],
      ]),
    ),
  },
} as const

/**
 * Returns why a stack without a right does not boot; undefined if it boots.
 * @throws Error if the boot fails for another reason than this right.
 */
export async function refusalWithout({ role, action, resource }: RoleRight): Promise<string | undefined> {
  const isWithheld = (right: RoleRight): boolean =>
    right.role === role && right.action === action && right.resource === resource
  try {
    const cloud = await startCloud({
      assembly: await assemble(),
      stack: STACK_NAME,
      ...WITHOUT_LINES,
      withheld: isWithheld,
      log: () => {},
    })
    await cloud.close()
    return undefined
  } catch (error) {
    const { message } = error as Error
    if (!message.includes(action)) throw error
    return message
  }
}
