/** Checks of a page in the browser: accessibility by axe-core, and texts that do not fit. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** The rules of WCAG 2.2, levels A and AA. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What axe-core finds in the page. */
interface AxeWindow {
  readonly axe: {
    run(
      options: object,
    ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>
  }
}

/** Returns the violations of WCAG that axe-core finds: the rule and the first element. The policy of the page stays. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // The debugger evaluates the script, so the content security policy does not refuse it.
  await page.evaluate(AXE)
  return page.evaluate(async tags => {
    const { axe } = window as unknown as AxeWindow
    const { violations } = await axe.run({ runOnly: { type: 'tag', values: tags } })
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary ?? ''}`)
  }, TAGS)
}

/** The most by which a drawn colour may differ in each of red, green and blue: edges are smoothed. */
const SHADE = 30

/** Returns how many pixels of the drawings in an element have a colour. */
export function countPixels(
  page: Page,
  selector: string,
  colour: readonly [red: number, green: number, blue: number],
): Promise<number> {
  return page.locator(selector).evaluate(
    (element, { colour, shade }) => {
      let count = 0
      for (const canvas of element.querySelectorAll('canvas')) {
        const { width, height } = canvas
        if (width * height === 0) continue
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height)
        for (let at = 0; at < data.length; at += 4)
          if (data[at + 3]! > 0 && colour.every((part, index) => Math.abs(data[at + index]! - part) <= shade))
            count++
      }
      return count
    },
    { colour, shade: SHADE },
  )
}

/** Returns texts of cells that are wider than their cell. */
export function clippedCells(page: Page, selector: string): Promise<string[]> {
  return page
    .locator(selector)
    .evaluateAll(cells =>
      cells
        .filter(cell => cell.scrollWidth > cell.clientWidth + 1)
        .map(cell => cell.className + cell.textContent),
    )
}
