/** Admits users to real-time prices: not while an operator has ended their access. Records that they had access. */
import { countAll, logger, metrics } from '../../lambda/lambda-function.ts'
import { asEpochSeconds, nowMillis } from '../../market/units.ts'
import { Problem } from '../../rest/problem.ts'
import type { Admission } from '../../rest/rest-function.ts'
import { userOf } from '../../sign-in/token-holder.ts'
import { createAccessRecorder } from '../../tables/users/access-recorder.ts'
import { createCutReader } from '../../tables/users/cut-reader.ts'
import { isCutOff } from '../../tables/users/user-cut.ts'
import type { UsersTable } from '../../tables/users/users-table.ts'

export function userAdmission(users: UsersTable): Admission {
  const readCut = createCutReader(users)
  const recorder = createAccessRecorder({
    users,
    by: 'rest',
    warn: (message, details) => logger.error(message, details),
  })
  return async (claims, answer) => {
    const user = userOf(claims)
    if (user === undefined)
      throw new Problem(
        'no-access-token',
        'expected an access token whose sub has 1 to 255 characters, got another sub',
      )
    const { iat } = claims
    const issued = iat === undefined ? undefined : Number(iat)
    if (isCutOff(await readCut(user), issued, asEpochSeconds(nowMillis() / 1000)))
      throw new Problem(
        'access-ended',
        'expected a token issued after the access of the user ended, got an older one',
      )
    recorder.note(user)
    try {
      return await answer()
    } finally {
      const missing = await recorder.settled()
      if (missing.length > 0) reportUnrecorded(missing.length)
    }
  }
}

/** Writes the metric of the alarm. This function has no other metrics. */
function reportUnrecorded(count: number): void {
  countAll({ AccessUnrecorded: count })
  metrics.publishStoredMetrics()
}
