/**
 * The container's health check, a program of its own beside the task's: asks the task whether it does its work and
 * ends with 0 if so, 1 if not or if there is no answer.
 */
import { get } from 'node:http'

/** Milliseconds: the loopback answers in one, a process that is busy in a few hundred. */
const ANSWER_TIMEOUT = 5000

const request = get(
  { host: '127.0.0.1', port: process.env.HEALTH_PORT, timeout: ANSWER_TIMEOUT },
  response => {
    response.pipe(process.stdout)
    if (response.statusCode !== 200) process.exitCode = 1
  },
)
request.on('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_TIMEOUT} ms`)))
request.on('error', error => {
  console.error(error.message)
  process.exitCode = 1
})
