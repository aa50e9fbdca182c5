/**
 * The process of the clients of a drill. Its one argument is a {@link DrillCrowdPlan} as JSON. It answers each
 * {@link CrowdCommand} of its parent, in order.
 */
import * as v from 'valibot'
import { type CrowdAnswers, type CrowdCommand, drillCrowdSchema } from './crowd-commands.ts'
import { createDrillCrowd } from './drill-crowd.ts'

const crowd = createDrillCrowd(v.parse(drillCrowdSchema, JSON.parse(process.argv[2] ?? 'null')))

async function answer(command: CrowdCommand): Promise<CrowdAnswers[CrowdCommand['kind']]> {
  switch (command.kind) {
    case 'connect':
      return crowd.connect()
    case 'begin':
      return { faulty: crowd.begin(command.fault, command.share) }
    case 'end-fault':
      return crowd.endFault()
    case 'await-trades':
      await crowd.awaitTrades(command.count)
      return null
    case 'cut':
      return crowd.cut()
    case 'check':
      return crowd.check(command.truth, command.dueUntil)
    case 'close':
      crowd.close()
      return null
  }
}

// The parent process is gone.
process.on('disconnect', () => process.exit())
process.on('message', async (command: CrowdCommand) => {
  try {
    process.send?.({ answer: await answer(command) }, () => {
      if (command.kind === 'close') process.disconnect()
    })
  } catch (error) {
    process.send?.({ error: String(error) })
  }
})
