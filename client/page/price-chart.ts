/** A chart of bars with volume, VWAP and the limits of the day. Loaded when the first chart is opened. */
import {
  CandlestickSeries,
  ColorType,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type SeriesMarker,
  type UTCTimestamp,
} from 'lightweight-charts'
import type { Yen } from '../../market/units.ts'
import { axisTime, type ChartBar, indexOfStart, marksOf, vwapOf } from './chart-bars.ts'
import { shortQuantity } from './view/format.ts'

/** A line at a price: the base price or a limit of the day. */
export interface PriceMark {
  readonly price: Yen
  readonly title: string
  readonly kind: 'limit' | 'base'
}

export interface PriceChart {
  /** @param decimals of the prices. */
  setBars(bars: readonly ChartBar[], decimals: number): void
  setMarks(marks: readonly PriceMark[]): void
  /** Takes the colours of the page again, after a change of the theme. */
  applyColours(): void
  /** Moves the crosshair to the bar with this start, and shows the bar. `undefined` removes the crosshair. */
  point(start: string | undefined): void
  remove(): void
}

/** Share of the height for the volume below the prices. */
const VOLUME_SHARE = 0.25
/** Bars in view at first. */
const BARS_SHOWN = 120

/** @param onPointed called with the bar under the pointer; `undefined` if there is none. */
export function openPriceChart(
  element: HTMLElement,
  onPointed: (bar: ChartBar | undefined) => void,
): PriceChart {
  // The logo would need a style element, which the content security policy refuses. The page has the link below the chart.
  const chart = createChart(element, { autoSize: true, layout: { attributionLogo: false } })
  const candles = chart.addSeries(CandlestickSeries, { borderVisible: false })
  const vwap = chart.addSeries(LineSeries, {
    ...{ lineWidth: 2, title: 'VWAP', lastValueVisible: false, priceLineVisible: false },
    crosshairMarkerVisible: false,
  })
  const volume = chart.addSeries(
    HistogramSeries,
    {
      priceFormat: { type: 'custom', formatter: shortQuantity, minMove: 1 },
      lastValueVisible: false,
      priceLineVisible: false,
    },
    1,
  )
  chart.panes()[0]?.setStretchFactor(1 - VOLUME_SHARE)
  chart.panes()[1]?.setStretchFactor(VOLUME_SHARE)
  const gaps = createSeriesMarkers(candles)
  let bars: readonly ChartBar[] = []
  let lines: IPriceLine[] = []
  let marks: readonly PriceMark[] = []
  /** Start of the bar that was last pointed to by the page, until the pointer of the user moves the crosshair. */
  let pointed: string | undefined

  chart.subscribeCrosshairMove(({ logical, sourceEvent }) => {
    if (sourceEvent !== undefined) pointed = undefined
    // After a change of the size or of the bars, the library puts the crosshair back by pixels: at another bar.
    if (pointed === undefined) return onPointed(logical === undefined ? undefined : bars[Math.round(logical)])
    placeCrosshair()
    onPointed(pointedBar())
  })

  function pointedBar(): ChartBar | undefined {
    return pointed === undefined ? undefined : bars[indexOfStart(bars, pointed)]
  }

  function placeCrosshair(): void {
    const bar = pointedBar()
    if (bar === undefined) chart.clearCrosshairPosition()
    // The library throws if the prices have no scale yet.
    else if (candles.priceToCoordinate(bar.close) !== null)
      chart.setCrosshairPosition(bar.close, timeOf(bar), candles)
  }

  function applyColours(): void {
    const colour = colours(element)
    applyTo(chart, candles, vwap, colour)
    volume.setData(volumeOf(bars, colour))
    gaps.setMarkers(gapsOf(bars, colour))
    for (const line of lines) candles.removePriceLine(line)
    lines = marks.map(({ price, title, kind }) =>
      candles.createPriceLine({
        ...{ price, title, color: kind === 'limit' ? colour('--warn') : colour('--ink-2') },
        ...{ lineWidth: 1 as const, lineStyle: LineStyle.Dashed, axisLabelVisible: kind === 'limit' },
      }),
    )
  }

  return {
    applyColours,
    setBars(next, decimals) {
      const isFirst = bars.length === 0 && next.length > 0
      bars = next
      candles.applyOptions({ priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals } })
      candles.setData(next.map(bar => ({ ...bar, time: timeOf(bar) })))
      vwap.setData(
        vwapOf(next).flatMap((value, index) =>
          value === undefined ? [] : [{ time: timeOf(next[index]!), value }],
        ),
      )
      const colour = colours(element)
      volume.setData(volumeOf(next, colour))
      gaps.setMarkers(gapsOf(next, colour))
      const hasTimes = next[0]?.time !== undefined
      chart.timeScale().applyOptions({ timeVisible: hasTimes, secondsVisible: false })
      if (isFirst) show(chart, next.length - 1, next.length)
      if (pointed === undefined) return
      placeCrosshair()
      onPointed(pointedBar())
    },
    setMarks(next) {
      marks = next
      applyColours()
    },
    point(start) {
      pointed = start
      const index = start === undefined ? -1 : indexOfStart(bars, start)
      const range = chart.timeScale().getVisibleLogicalRange()
      if (index >= 0 && (range === null || index < range.from || index > range.to))
        show(chart, index, bars.length)
      placeCrosshair()
    },
    remove: () => chart.remove(),
  }
}

function timeOf(bar: ChartBar): UTCTimestamp {
  return axisTime(bar) as UTCTimestamp
}

/** Shows the bars that end a little after `index`. */
function show(chart: IChartApi, index: number, count: number): void {
  const to = Math.min(index + BARS_SHOWN / 2, count + 2)
  chart.timeScale().setVisibleLogicalRange({ from: Math.max(-2, to - BARS_SHOWN), to })
}

function volumeOf(bars: readonly ChartBar[], colour: (name: string) => string) {
  const [up, down] = [colour('--up'), colour('--down')].map(faint)
  return bars.map(bar => ({ time: timeOf(bar), value: bar.volume, color: bar.close < bar.open ? down : up }))
}

/** Marks below bars that lack trades: a square if they are lost for good, a circle if they are to come. */
function gapsOf(bars: readonly ChartBar[], colour: (name: string) => string): SeriesMarker<UTCTimestamp>[] {
  return bars.flatMap(bar => {
    const marks = marksOf(bar)
    const place = { time: timeOf(bar), position: 'belowBar' as const }
    if (marks.includes('lost')) return { ...place, shape: 'square' as const, color: colour('--warn') }
    return marks.includes('pending') ? { ...place, shape: 'circle' as const, color: colour('--ink-2') } : []
  })
}

function applyTo(
  chart: IChartApi,
  candles: ISeriesApi<'Candlestick'>,
  vwap: ISeriesApi<'Line'>,
  colour: (name: string) => string,
): void {
  const grid = { color: colour('--rule') }
  chart.applyOptions({
    layout: {
      background: { type: ColorType.Solid, color: colour('--card') },
      textColor: colour('--ink-2'),
      fontFamily: getComputedStyle(document.body).fontFamily,
      panes: { separatorColor: grid.color, enableResize: false },
    },
    grid: { vertLines: grid, horzLines: grid },
    rightPriceScale: { borderColor: grid.color },
    timeScale: { borderColor: grid.color },
    crosshair: {
      vertLine: { color: colour('--ink-2'), labelBackgroundColor: colour('--accent') },
      horzLine: { color: colour('--ink-2'), labelBackgroundColor: colour('--accent') },
    },
    localization: { locale: 'ja-JP', dateFormat: 'yyyy-MM-dd' },
  })
  // Japan: red is up, green is down.
  const [upColor, downColor] = [colour('--up'), colour('--down')]
  candles.applyOptions({ upColor, downColor, wickUpColor: upColor, wickDownColor: downColor })
  vwap.applyOptions({ color: colour('--accent') })
}

/** Returns a colour `rgb(…)` at half its strength, so that volumes stay behind prices. */
function faint(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.45)')
}

/** Returns a function that resolves a colour of the style sheets in the theme of the page. */
function colours(element: HTMLElement): (name: string) => string {
  const probe = document.createElement('i')
  element.append(probe)
  const found = new Map<string, string>()
  const names = [
    '--card',
    '--ink-2',
    '--rule',
    '--up',
    '--down',
    '--accent',
    '--warn',
    '--buy-bar',
    '--sell-bar',
  ]
  for (const name of names) {
    probe.style.color = `var(${name})`
    found.set(name, getComputedStyle(probe).color)
  }
  probe.remove()
  return name => found.get(name) ?? ''
}
