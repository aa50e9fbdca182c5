/**
 * The container's health check, a program of its own. Asks the task whether it works, and exits with 0 if so, with 1 if
 * not or without an answer.
 */
import { get } from 'node:http'

/** Milliseconds. An idle process answers in one, a busy process in a few hundred. */
const ANSWER_TIMEOUT = 5000

const request = get(
  { host: '127.0.0.1', port: process.env.HEALTH_PORT, timeout: ANSWER_TIMEOUT },
  response => {
    response.pipe(process.stdout)
    if (response.statusCode !== 200) process.exitCode = 1
  },
)
request.on('timeout', () =>
  request.destroy(new Error(`expected an answer within ${ANSWER_TIMEOUT} ms, got none`)),
)
request.on('error', error => {
  console.error(error.message)
  process.exitCode = 1
})
