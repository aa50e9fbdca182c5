/** The directive that puts a chart into an element, with its keyboard. The chart is loaded when it is first needed. */
import { noChange } from 'lit'
import { AsyncDirective } from 'lit/async-directive.js'
import { directive, type ElementPart } from 'lit/directive.js'
import type { ChartBar } from '../chart-bars.ts'
import type { PriceChart, PriceMark } from '../price-chart.ts'

export interface MountedChart {
  readonly bars: readonly ChartBar[]
  readonly decimals: number
  readonly marks: readonly PriceMark[]
  /** Names the colours: the chart takes them again when it changes. */
  readonly theme: string
  /** Returns the text of a bar: short for the legend, with whole words for screen readers. */
  readonly textOf: (bar: ChartBar, isShort: boolean) => string
}

class ChartMount extends AsyncDirective {
  #chart: PriceChart | undefined
  #loading = false
  #shown: MountedChart | undefined
  /** Index of the bar that the keyboard has chosen. */
  #chosen: number | undefined

  override render(_chart: MountedChart): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [wanted]: [MountedChart]): typeof noChange {
    const before = this.#shown
    this.#shown = wanted
    if (this.#chart === undefined) void this.#open(part.element as HTMLElement)
    else this.#draw(this.#chart, wanted, before)
    return noChange
  }

  override disconnected(): void {
    this.#chart?.remove()
    this.#chart = undefined
  }

  async #open(element: HTMLElement): Promise<void> {
    if (this.#loading) return
    this.#loading = true
    const { openPriceChart } = await import('../price-chart.ts')
    this.#loading = false
    if (!this.isConnected || this.#shown === undefined) return
    const canvas = element.querySelector<HTMLElement>('.canvas')!
    this.#chart = openPriceChart(canvas, bar => this.#write(element, 'legend', bar))
    element.addEventListener('keydown', event => this.#onKey(event, element))
    element.addEventListener('blur', () => this.#choose(undefined, element))
    this.#draw(this.#chart, this.#shown, undefined)
  }

  #draw(chart: PriceChart, wanted: MountedChart, before: MountedChart | undefined): void {
    if (before === undefined || wanted.theme !== before.theme) chart.applyColours()
    if (wanted.bars !== before?.bars || wanted.decimals !== before.decimals)
      chart.setBars(wanted.bars, wanted.decimals)
    if (JSON.stringify(wanted.marks) !== JSON.stringify(before?.marks)) chart.setMarks(wanted.marks)
  }

  #onKey(event: KeyboardEvent, element: HTMLElement): void {
    const last = (this.#shown?.bars.length ?? 0) - 1
    const chosen = this.#chosen ?? last + 1
    const next = new Map<string, number | undefined>([
      ['ArrowLeft', Math.max(0, chosen - 1)],
      ['ArrowRight', Math.min(last, chosen + 1)],
      ['Home', 0],
      ['End', last],
      ['Escape', undefined],
    ])
    if (!next.has(event.key) || last < 0) return
    event.preventDefault()
    this.#choose(next.get(event.key), element)
  }

  #choose(index: number | undefined, element: HTMLElement): void {
    this.#chosen = index
    this.#chart?.point(index)
    const bar = index === undefined ? undefined : this.#shown?.bars[index]
    for (const place of ['legend', 'announced'] as const) this.#write(element, place, bar)
  }

  #write(element: HTMLElement, place: 'legend' | 'announced', bar: ChartBar | undefined): void {
    const text = bar === undefined ? undefined : this.#shown?.textOf(bar, place === 'legend')
    element.querySelector(`.${place}`)!.textContent = text ?? ''
  }
}

export const chartMount = directive(ChartMount)
