/** The health check of a container, run as ECS runs it. */
import { execFile } from 'node:child_process'
import { pause } from '../pause.ts'
import { type HealthCheck, programPath, type TaskDefinition, type TaskProcess } from './ecs-task.ts'

/** Checks a task until it is unhealthy (true) or has ended (false). */
export async function becomesUnhealthy(
  { folder, healthCheck }: TaskDefinition,
  { ended, variables }: TaskProcess,
): Promise<boolean> {
  if (healthCheck === undefined) return false
  const ending = new AbortController()
  void ended.then(() => ending.abort())
  const { intervalSeconds, retries, startPeriodSeconds } = healthCheck
  const countFrom = performance.now() + startPeriodSeconds * 1000
  for (let failures = 0; failures < retries; ) {
    await pause(intervalSeconds * 1000, ending.signal)
    if (ending.signal.aborted) return false
    if (await passes(healthCheck, folder, variables)) failures = 0
    else if (performance.now() >= countFrom) failures++
  }
  return true
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
