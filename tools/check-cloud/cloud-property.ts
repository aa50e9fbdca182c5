/** A property of the stack that `npm run check:cloud` proves without an AWS account. */
import type { StageName } from '../../cdk/stages/stage-config.ts'
import type { StageSynthesis } from './stage-synthesis.ts'

/** All stages, as they would be deployed. */
export type StageSyntheses = Readonly<Record<StageName, StageSynthesis>>

export interface CloudProperty {
  /** The area: `network`, `data`, … Properties of an area are shown together. */
  readonly area: string
  /** What holds, as a sentence that is read in a line of the output. */
  readonly holds: string
  /** Returns what breaks the property, one text each: `prod: Resource: what was expected, what came`. Empty: it holds. */
  find(stages: StageSyntheses): readonly string[] | Promise<readonly string[]>
}

/** Returns a property that is checked for each stage on its own. */
export function inEachStage(
  area: string,
  holds: string,
  find: (synthesis: StageSynthesis) => readonly string[],
): CloudProperty {
  return {
    area,
    holds,
    find: stages =>
      Object.values(stages).flatMap(synthesis =>
        find(synthesis).map(text => `${synthesis.stage.name}: ${text}`),
      ),
  }
}

/** Returns a property of the stages for users and before users. The stage `dev` is cheap, and does without. */
export function inProdAndTest(
  area: string,
  holds: string,
  find: (synthesis: StageSynthesis) => readonly string[],
): CloudProperty {
  return inEachStage(area, `in prod and test ${holds}`, synthesis =>
    synthesis.stage.name === 'dev' ? [] : find(synthesis),
  )
}
