/**
 * The directive that puts a chart into an element, with its keyboard. The drawing is loaded when it is first needed. The
 * keyboard works before: it needs the bars only.
 */
import { noChange } from 'lit'
import { AsyncDirective } from 'lit/async-directive.js'
import { directive, type ElementPart } from 'lit/directive.js'
import { type ChartBar, indexOfStart, startOf } from '../chart-bars.ts'
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
  #hasKeyboard = false
  #loading = false
  #shown: MountedChart | undefined
  /** Start of the bar that the keyboard has chosen. */
  #chosen: string | undefined

  override render(_chart: MountedChart): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [wanted]: [MountedChart]): typeof noChange {
    const before = this.#shown
    this.#shown = wanted
    const element = part.element as HTMLElement
    this.#listen(element)
    if (this.#chart === undefined) void this.#open(element)
    else this.#draw(this.#chart, wanted, before)
    return noChange
  }

  override disconnected(): void {
    this.#chart?.remove()
    this.#chart = undefined
  }

  #listen(element: HTMLElement): void {
    if (this.#hasKeyboard) return
    this.#hasKeyboard = true
    element.addEventListener('keydown', event => this.#onKey(event, element))
    element.addEventListener('blur', () => this.#choose(undefined, element))
  }

  async #open(element: HTMLElement): Promise<void> {
    if (this.#loading) return
    this.#loading = true
    const { openPriceChart } = await import('../price-chart.ts')
    this.#loading = false
    if (!this.isConnected || this.#shown === undefined) return
    const canvas = element.querySelector<HTMLElement>('.canvas')!
    this.#chart = openPriceChart(canvas, bar => this.#write(element, 'legend', bar))
    this.#draw(this.#chart, this.#shown, undefined)
    if (this.#chosen !== undefined) this.#point(element)
  }

  #draw(chart: PriceChart, wanted: MountedChart, before: MountedChart | undefined): void {
    if (before === undefined || wanted.theme !== before.theme) chart.applyColours()
    if (wanted.bars !== before?.bars || wanted.decimals !== before.decimals)
      chart.setBars(wanted.bars, wanted.decimals)
    if (JSON.stringify(wanted.marks) !== JSON.stringify(before?.marks)) chart.setMarks(wanted.marks)
  }

  #onKey(event: KeyboardEvent, element: HTMLElement): void {
    const bars = this.#shown?.bars ?? []
    const last = bars.length - 1
    const index = this.#chosen === undefined ? -1 : indexOfStart(bars, this.#chosen)
    const chosen = index === -1 ? last + 1 : index
    const next = new Map<string, number | undefined>([
      ['ArrowLeft', Math.max(0, chosen - 1)],
      ['ArrowRight', Math.min(last, chosen + 1)],
      ['Home', 0],
      ['End', last],
      ['Escape', undefined],
    ])
    if (!next.has(event.key) || last < 0) return
    event.preventDefault()
    this.#choose(bars[next.get(event.key) ?? -1], element)
  }

  #choose(bar: ChartBar | undefined, element: HTMLElement): void {
    this.#chosen = bar && startOf(bar)
    this.#point(element)
    this.#write(element, 'announced', bar)
  }

  /** Points to the chosen bar in the drawing, if there is one, and in the legend. */
  #point(element: HTMLElement): void {
    this.#chart?.point(this.#chosen)
    this.#write(element, 'legend', this.#chosenBar())
  }

  #chosenBar(): ChartBar | undefined {
    const bars = this.#shown?.bars ?? []
    return this.#chosen === undefined ? undefined : bars[indexOfStart(bars, this.#chosen)]
  }

  #write(element: HTMLElement, place: 'legend' | 'announced', bar: ChartBar | undefined): void {
    const text = bar === undefined ? undefined : this.#shown?.textOf(bar, place === 'legend')
    element.querySelector(`.${place}`)!.textContent = text ?? ''
  }
}

export const chartMount = directive(ChartMount)
