/** The health check of a container, run as ECS runs it. */
import { execFile } from 'node:child_process'
import { pause } from '../pause.ts'
import { type HealthCheck, programPath, type TaskDefinition, type TaskProcess } from './ecs-task.ts'
import type { Health } from './rolling-update.ts'

/** A task without a health check is healthy after so long, milliseconds. ECS waits for 40 seconds. */
const UNCHECKED_MS = 1000

/** Checks a task until it ends, and reports each change of its health. The first report comes after the call. */
export async function watchHealth(
  { folder, healthCheck }: TaskDefinition,
  { ended, variables }: TaskProcess,
  report: (health: Health) => void,
): Promise<void> {
  const ending = new AbortController()
  void ended.then(() => ending.abort())
  if (healthCheck === undefined) {
    await pause(UNCHECKED_MS, ending.signal)
    if (!ending.signal.aborted) report('HEALTHY')
    return
  }
  const { intervalSeconds, retries, startPeriodSeconds } = healthCheck
  const countFrom = performance.now() + startPeriodSeconds * 1000
  let health: Health = 'UNKNOWN'
  let failures = 0
  const become = (next: Health): void => {
    if (next !== health) report(next)
    health = next
  }
  for (;;) {
    await pause(intervalSeconds * 1000, ending.signal)
    if (ending.signal.aborted) return
    const passed = await passes(healthCheck, folder, variables)
    if (ending.signal.aborted) return
    if (passed) failures = 0
    // Failures count after the start period, or after the first check that passed.
    else if (performance.now() >= countFrom || health !== 'UNKNOWN') failures++
    if (passed) become('HEALTHY')
    else if (failures >= retries) become('UNHEALTHY')
  }
}

function passes(
  { command, timeoutSeconds }: HealthCheck,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const [program = '', ...programArguments] = command
  const options = { cwd, env: { ...env }, timeout: timeoutSeconds * 1000 }
  return new Promise(resolve => {
    execFile(programPath(program), programArguments, options, error => resolve(error === null))
  })
}
