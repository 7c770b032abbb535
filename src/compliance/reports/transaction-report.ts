/**
 * Transaction reports: MiFIR article 26, Delegated Regulation (EU) 2017/590 (RTS 22), as ISO 20022 auth.016.001.01 inside
 * the business data header head.003.001.01, in the ESMA guideline 1.0.3. What cannot be reported is named, never filled in.
 */
import { priceText } from '#kit/decimal.ts';
import { ExecType } from '#trading/events.ts';
import { Capacity, MarkFlag, ShortMark, Side, shortMarkOf, sideOf } from '#trading/terms.ts';
import type { OrderEvent } from './activity.ts';
import type { ReportedInstrument, ReportingParty, ReportingReference } from './reference.ts';
import { microText } from './time-text.ts';

/** A fill that could not be reported, and what is missing. */
export interface ReportException {
  readonly sequence: number;
  readonly tradeId: number;
  readonly account: number;
  readonly problem: string;
}

export interface TransactionReport {
  readonly xml: string;
  readonly transactions: number;
  readonly exceptions: readonly ReportException[];
}

export interface ReportHeader {
  /** At most 35 characters, unique to the sender. */
  readonly messageId: string;
  readonly createdMicros: number;
}

const HEADER_NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:head.003.001.01';
const APPLICATION_NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:head.001.001.01';
const DOCUMENT_NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:auth.016.001.01';
/** Field 29. */
const CAPACITIES: Readonly<Record<number, string>> = {
  [Capacity.deal]: 'DEAL',
  [Capacity.mtch]: 'MTCH',
  [Capacity.aotc]: 'AOTC',
  [Capacity.principal]: 'DEAL',
  [Capacity.agency]: 'AOTC',
  [Capacity.riskless]: 'MTCH',
};
/** Field 62. */
const SHORT_MARKS: Readonly<Record<number, string>> = {
  [ShortMark.none]: 'UNDI',
  [ShortMark.long]: 'SELL',
  [ShortMark.short]: 'SESH',
  [ShortMark.shortExempt]: 'SSEX',
};

/**
 * The report of every fill among `events`, each side of a trade a transaction of its own. A cancelled or corrected trade
 * is reported as cancelled, a corrected one then as new.
 */
export function writeTransactionReport(
  events: readonly OrderEvent[],
  reference: ReportingReference,
  header: ReportHeader,
): TransactionReport {
  const parts: string[] = [];
  const exceptions: ReportException[] = [];
  let transactions = 0;
  for (const event of events) {
    const isTrade = event.execType === ExecType.trade;
    if (!isTrade && event.execType !== ExecType.tradeCancel && event.execType !== ExecType.tradeCorrect) continue;
    const party = reference.party(reference.participantOf(event.account));
    const instrument = reference.instrument(event.instrument);
    const problem = problemOf(event, party, instrument);
    if (problem !== undefined || party === undefined || instrument === undefined) {
      const { sequence, tradeId, account } = event;
      exceptions.push({ sequence, tradeId, account, problem: problem ?? 'no reference data' });
      continue;
    }
    if (!isTrade) parts.push(cancelText(event, party, instrument, reference));
    if (event.execType !== ExecType.tradeCancel) parts.push(newText(event, party, instrument, reference));
    transactions++;
  }
  const document = `<Document xmlns="${DOCUMENT_NAMESPACE}"><FinInstrmRptgTxRpt>${parts.join('')}</FinInstrmRptgTxRpt></Document>`;
  return { xml: envelope(document, reference, header), transactions, exceptions };
}

function problemOf(
  event: OrderEvent,
  party: ReportingParty | undefined,
  instrument: ReportedInstrument | undefined,
): string | undefined {
  if (party === undefined) return 'no legal entity is set down for the participant';
  if (instrument === undefined) return 'no ISIN is set down for the instrument';
  // A cancellation names the transaction and the parties, and no decider.
  if (event.execType === ExecType.tradeCancel) return undefined;
  const { marks, investmentCode, executionCode } = event;
  if ((marks & MarkFlag.investmentByAlgorithm) === 0 && !party.people.has(investmentCode)) {
    return `nobody is set down for short code ${investmentCode} (investment decision)`;
  }
  if ((marks & MarkFlag.executionByAlgorithm) === 0 && !party.people.has(executionCode)) {
    return `nobody is set down for short code ${executionCode} (execution)`;
  }
  return undefined;
}

/** Field 2: the same for every report of one side of one trade. */
function transactionId(event: OrderEvent, instrument: ReportedInstrument): string {
  const side = sideOf(event.terms) === Side.buy ? 'B' : 'S';
  return `${instrument.isin}T${event.tradeId}${side}${event.account}`;
}

function cancelText(
  event: OrderEvent,
  party: ReportingParty,
  instrument: ReportedInstrument,
  { operator }: ReportingReference,
): string {
  return (
    `<Tx><Cxl><TxId>${transactionId(event, instrument)}</TxId><ExctgPty>${party.lei}</ExctgPty>` +
    `<SubmitgPty>${operator.lei}</SubmitgPty></Cxl></Tx>`
  );
}

function newText(
  event: OrderEvent,
  party: ReportingParty,
  instrument: ReportedInstrument,
  { operator }: ReportingReference,
): string {
  const isBuy = sideOf(event.terms) === Side.buy;
  const own = `<AcctOwnr><Id><LEI>${party.lei}</LEI></Id><CtryOfBrnch>${party.country}</CtryOfBrnch></AcctOwnr>`;
  // The other side of an anonymous order book is reported as the venue (ESMA guidelines on transaction reporting, 5.4).
  const other = `<AcctOwnr><Id><MIC>${operator.mic}</MIC></Id></AcctOwnr>`;
  const price = priceText(event.lastTicks, instrument.scale);
  const isNegative = price.startsWith('-');
  const sign = isNegative ? '<Sgn>false</Sgn>' : '';
  const short = !isBuy && instrument.isShare ? `<ShrtSellgInd>${shortText(event.marks)}</ShrtSellgInd>` : '';
  return (
    `<Tx><New><TxId>${transactionId(event, instrument)}</TxId><ExctgPty>${party.lei}</ExctgPty>` +
    `<InvstmtPtyInd>true</InvstmtPtyInd><SubmitgPty>${operator.lei}</SubmitgPty>` +
    `<Buyr>${isBuy ? own : other}</Buyr><Sellr>${isBuy ? other : own}</Sellr>` +
    '<OrdrTrnsmssn><TrnsmssnInd>false</TrnsmssnInd></OrdrTrnsmssn>' +
    `<Tx><TradDt>${microText(event.timeMicros)}</TradDt><TradgCpcty>${capacityText(event.marks)}</TradgCpcty>` +
    `<Qty><Unit>${event.lastQuantity}</Unit></Qty>` +
    `<Pric><Pric><MntryVal><Amt Ccy="${instrument.currency}">${isNegative ? price.slice(1) : price}</Amt>${sign}</MntryVal></Pric></Pric>` +
    `<TradVn>${operator.mic}</TradVn><TradPlcMtchgId>${operator.mic}${event.tradeId}</TradPlcMtchgId></Tx>` +
    `<FinInstrm><Id>${instrument.isin}</Id></FinInstrm>` +
    `<InvstmtDcsnPrsn>${decider(event.marks, MarkFlag.investmentByAlgorithm, event.investmentCode, party)}</InvstmtDcsnPrsn>` +
    `<ExctgPrsn>${decider(event.marks, MarkFlag.executionByAlgorithm, event.executionCode, party)}</ExctgPrsn>` +
    `<AddtlAttrbts>${short}<SctiesFincgTxInd>false</SctiesFincgTxInd></AddtlAttrbts></New></Tx>`
  );
}

function capacityText(marks: number): string {
  return CAPACITIES[marks & 7] ?? 'DEAL';
}

function shortText(marks: number): string {
  return SHORT_MARKS[shortMarkOf(marks)] ?? 'UNDI';
}

/** Fields 57 and 59: an algorithm, or a person by national identification. */
function decider(marks: number, flag: number, code: number, party: ReportingParty): string {
  if ((marks & flag) !== 0) return `<Algo>${party.algorithms}${code >>> 0}</Algo>`;
  const scheme = '<SchmeNm><Cd>NIDN</Cd></SchmeNm>';
  return `<Prsn><CtryOfBrnch>${party.country}</CtryOfBrnch><Othr><Id>${party.people.get(code)}</Id>${scheme}</Othr></Prsn>`;
}

function envelope(document: string, { operator }: ReportingReference, header: ReportHeader): string {
  const from = organisation(operator.lei);
  // The competent authority of the operator's country, as ESMA's file naming has it.
  const to = organisation(`NCA${operator.country}`);
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<BizData xmlns="${HEADER_NAMESPACE}"><Hdr><AppHdr xmlns="${APPLICATION_NAMESPACE}"><Fr>${from}</Fr><To>${to}</To>` +
    `<BizMsgIdr>${header.messageId}</BizMsgIdr><MsgDefIdr>auth.016.001.01</MsgDefIdr>` +
    `<CreDt>${microText(header.createdMicros).slice(0, 19)}Z</CreDt></AppHdr></Hdr><Pyld>${document}</Pyld></BizData>\n`
  );
}

function organisation(id: string): string {
  return `<OrgId><Id><OrgId><Othr><Id>${id}</Id></Othr></OrgId></Id></OrgId>`;
}
