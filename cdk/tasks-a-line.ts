/** How many tasks each line has in trading hours: a choice of the deployment, `npx cdk deploy -c tasksALine=1`. */
import type { Node } from 'constructs'
import { TASKS_A_LINE, type TasksALine } from './sizing.ts'

/** Name of the context value. */
const CONTEXT_NAME = 'tasksALine'
const CHOICES: readonly TasksALine[] = [1, 2]

/**
 * Returns the choice of the app's context, by default {@link TASKS_A_LINE}.
 * @throws RangeError if the value is neither 1 nor 2.
 */
export function readTasksALine(node: Node): TasksALine {
  // A value of the command line is a string, and a value of cdk.context.json may be a number.
  const value: unknown = node.tryGetContext(CONTEXT_NAME) ?? TASKS_A_LINE
  const tasks = CHOICES.find(choice => String(choice) === String(value))
  if (tasks !== undefined) return tasks
  throw new RangeError(`context ${CONTEXT_NAME}: expected 1 or 2, got ${JSON.stringify(value)}`)
}
