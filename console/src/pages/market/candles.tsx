/**
 * Candles with volume. Floats appear here and nowhere else: a chart's axis is a picture, not a price.
 */
import {
  CandlestickSeries,
  ColorType,
  createChart,
  createTextWatermark,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import type { Instrument } from '../../../../src/api/schemas/instruments.ts';
import type { Candle, CandleInterval } from '../../../../src/api/schemas/trades.ts';
import { useCandlesFeed } from '../../data/live.ts';
import { useCalm } from '../../data/store.ts';
import { decimal, integer } from '../../format/numbers.ts';
import { decimalsAt, priceFloat, priceText } from '../../format/price.ts';
import { Notice } from '../../ui/panel.tsx';
import './candles.css';

const UP = '#4cb782';
const DOWN = '#f06a6a';
const UP_VOLUME = 'rgb(76 183 130 / 28%)';
const DOWN_VOLUME = 'rgb(240 106 106 / 28%)';

const REFRESH_MS = 400;

interface Chart {
  readonly api: IChartApi;
  readonly candles: ISeriesApi<'Candlestick'>;
  readonly volume: ISeriesApi<'Histogram'>;
  /** What is drawn: the start of the first and the last candle. */
  first: number;
  last: number;
}

interface CandlesProps {
  readonly instrument: Instrument;
  readonly interval: CandleInterval;
  readonly simulated: boolean;
}

export function Candles({ instrument, interval, simulated }: CandlesProps) {
  const candles = useCalm(useCandlesFeed(instrument.symbol, interval), REFRESH_MS);
  const last = candles.at(-1);
  const price = (ticks: number) => decimal(priceText(ticks, instrument));
  return (
    <div className="candles">
      {last === undefined ? (
        <div className="candles-none">
          <Notice title="No trade in this interval yet." />
        </div>
      ) : (
        <p className="visually-hidden">
          {`Last candle: open ${last.open}, high ${last.high}, low ${last.low}, close ${last.close}, volume ${last.volume} lots.`}
        </p>
      )}
      <Canvas key={`${instrument.symbol}:${interval}`} {...{ instrument, interval, simulated, candles }} />
      {last === undefined ? null : (
        <p className="candles-figures num" aria-hidden="true">
          O {price(last.openTicks)} H {price(last.highTicks)} L {price(last.lowTicks)} C {price(last.closeTicks)} V{' '}
          {integer(last.volume)}
        </p>
      )}
    </div>
  );
}

function Canvas({ instrument, interval, simulated, candles }: CandlesProps & { candles: readonly Candle[] }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const scale = useRef(instrument);

  useEffect(() => {
    scale.current = instrument;
  }, [instrument]);

  useEffect(() => {
    if (box.current === null) return undefined;
    chart.current = makeChart(box.current, scale.current, interval, simulated);
    return () => {
      chart.current?.api.remove();
      chart.current = null;
    };
  }, [interval, simulated]);

  useEffect(() => {
    if (chart.current !== null) draw(chart.current, candles, scale.current);
  }, [candles]);

  return <div className="candles-plot" ref={box} aria-hidden="true" />;
}

function makeChart(box: HTMLElement, instrument: Instrument, interval: CandleInterval, simulated: boolean): Chart {
  const api = createChart(box, {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: '#13161b' },
      textColor: '#8790a0',
      fontFamily: 'ui-monospace, Menlo, "DejaVu Sans Mono", monospace',
      fontSize: 11,
      // The mark of the library's authors stands under the chart, as text.
      attributionLogo: false,
    },
    grid: { vertLines: { color: '#1c2026' }, horzLines: { color: '#1c2026' } },
    rightPriceScale: { borderColor: '#23272e', scaleMargins: { top: 0.1, bottom: 0.24 } },
    timeScale: {
      borderColor: '#23272e',
      timeVisible: true,
      secondsVisible: interval === '1s' || interval === '10s',
      rightOffset: 3,
      barSpacing: 7,
    },
    crosshair: { horzLine: { labelBackgroundColor: '#333a44' }, vertLine: { labelBackgroundColor: '#333a44' } },
    handleScroll: { vertTouchDrag: false },
  });
  const candles = api.addSeries(CandlestickSeries, {
    upColor: UP,
    downColor: DOWN,
    wickUpColor: UP,
    wickDownColor: DOWN,
    borderVisible: false,
    priceFormat: {
      type: 'price',
      precision: decimalsAt(instrument.referenceTicks, instrument),
      minMove: 10 ** -decimalsAt(instrument.referenceTicks, instrument),
    },
  });
  const volume = api.addSeries(HistogramSeries, {
    priceScaleId: '',
    priceFormat: { type: 'volume' },
    lastValueVisible: false,
    priceLineVisible: false,
  });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  const pane = api.panes()[0];
  if (simulated && pane !== undefined) {
    createTextWatermark(pane, {
      horzAlign: 'center',
      vertAlign: 'center',
      lines: [{ text: 'SIMULATED', color: 'rgb(226 179 64 / 12%)', fontSize: 34, fontStyle: 'bold' }],
    });
  }
  return { api, candles, volume, first: 0, last: 0 };
}

/** Draws everything anew only when the beginning changed; otherwise only what came or changed at the end. */
function draw(chart: Chart, candles: readonly Candle[], instrument: Instrument): void {
  const first = candles[0];
  const last = candles.at(-1);
  if (first === undefined || last === undefined) return;
  if (first.startMicros !== chart.first) {
    chart.candles.setData(candles.map((candle) => bar(candle, instrument)));
    chart.volume.setData(candles.map((candle) => volumeBar(candle)));
  } else {
    for (const candle of candles) {
      if (candle.startMicros < chart.last) continue;
      chart.candles.update(bar(candle, instrument));
      chart.volume.update(volumeBar(candle));
    }
  }
  chart.first = first.startMicros;
  chart.last = last.startMicros;
}

function timeOf(candle: Candle): UTCTimestamp {
  return (candle.startMicros / 1_000_000) as UTCTimestamp;
}

function bar(candle: Candle, instrument: Instrument) {
  return {
    time: timeOf(candle),
    open: priceFloat(candle.openTicks, instrument),
    high: priceFloat(candle.highTicks, instrument),
    low: priceFloat(candle.lowTicks, instrument),
    close: priceFloat(candle.closeTicks, instrument),
  };
}

function volumeBar(candle: Candle) {
  return {
    time: timeOf(candle),
    value: candle.volume,
    color: candle.closeTicks >= candle.openTicks ? UP_VOLUME : DOWN_VOLUME,
  };
}
