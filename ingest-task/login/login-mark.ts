/** The mark of a user and password: tasks compare it through a table, from which nobody should learn the password. */
import { scrypt } from 'node:crypto'

export interface Credentials {
  readonly user: string
  readonly password: string
}

const MARK_BYTES = 16
/** OWASP Password Storage Cheat Sheet: with 16 MiB of memory, a parallelization of 5. It takes some 0.3 s of CPU time. */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const

/** Returns the mark. Equal users and passwords have equal marks in all tasks. */
export function markOf({ user, password }: Credentials): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(password, `itastream line login\n${user}`, MARK_BYTES, COST, (error, key) => {
      if (error === null) resolve(key.toString('base64url'))
      else reject(error)
    })
  })
}
