/** The process of the apps of a drill. Its one argument is a {@link FleetPlan} as JSON. It answers each {@link FleetCommand}. */
import * as v from 'valibot'
import { createFleet } from './fleet.ts'
import { type FleetAnswers, type FleetCommand, fleetPlanSchema } from './fleet-commands.ts'

const fleet = createFleet(v.parse(fleetPlanSchema, JSON.parse(process.argv[2] ?? 'null')))

async function answer({ kind }: FleetCommand): Promise<FleetAnswers[FleetCommand['kind']]> {
  switch (kind) {
    case 'run':
      return fleet.run()
    case 'report':
      return fleet.report()
    case 'close':
      await fleet.close()
      return null
  }
}

// The parent process is gone.
process.on('disconnect', () => process.exit())
process.on('message', async (command: FleetCommand) => {
  try {
    process.send?.({ answer: await answer(command) })
  } catch (error) {
    process.send?.({ error: String(error) })
  }
})
