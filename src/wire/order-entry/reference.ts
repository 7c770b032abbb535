/** Renders the protocol's reference tables as Markdown, from the layouts that the code is checked against. */
import { describeSessionCode, SessionCode } from './codes.ts';
import { ADMINISTRATION_LAYOUTS } from './administration-layouts.ts';
import { COMMAND_LAYOUTS } from './command-layouts.ts';
import { REPORT_LAYOUTS } from './report-layouts.ts';
import { SESSION_LAYOUTS } from './session-layouts.ts';
import { sizeOf } from './layout.ts';
import type { MessageLayout } from './layout.ts';

/** Every message of the protocol. */
export const MESSAGE_LAYOUTS: readonly MessageLayout[] = [
  ...SESSION_LAYOUTS,
  ...COMMAND_LAYOUTS,
  ...REPORT_LAYOUTS,
  ...ADMINISTRATION_LAYOUTS,
];

const FROM = {
  client: 'client → node',
  administrator: 'administrator → node',
  node: 'node → client',
  both: 'both ways',
} as const;

/** The part of docs/protocols/binary.md between its markers. */
export function renderReference(): string {
  return [
    renderOverview(),
    '## Session messages',
    ...SESSION_LAYOUTS.map(renderMessage),
    '## Orders and quotes',
    ...COMMAND_LAYOUTS.map(renderMessage),
    '## Reports',
    ...REPORT_LAYOUTS.map(renderMessage),
    '## Administration',
    ...ADMINISTRATION_LAYOUTS.map(renderMessage),
    renderCodes(),
  ].join('\n\n');
}

function renderOverview(): string {
  const rows = MESSAGE_LAYOUTS.map(
    (layout) =>
      `| ${layout.type} | [${layout.name}](#${layout.name.toLowerCase()}) | ${FROM[layout.from]} | ${layout.byteLength} | ${layout.counted ? 'yes' : 'no'} |`,
  );
  return [
    '## All messages',
    '',
    '| type | message | direction | bytes | counted |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function renderMessage(layout: MessageLayout): string {
  const rows = layout.fields.map(({ name, offset, type, text }) => {
    const size = sizeOf(type) === 0 ? '' : String(sizeOf(type));
    return `| ${offset} | ${size} | ${type.replace(/^bytes\d+$/, 'bytes')} | ${name} | ${text} |`;
  });
  const counted = layout.counted ? 'counted' : 'not counted';
  return [
    `### ${layout.name}`,
    '',
    `Type ${layout.type}, ${FROM[layout.from]}, ${layout.byteLength} bytes, ${counted}. ${layout.text}`,
    '',
    '| offset | size | type | field | meaning |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function renderCodes(): string {
  const rows = Object.values(SessionCode).map((code) => {
    const { name, text } = describeSessionCode(code);
    return `| ${code} | ${name} | ${code < SessionCode.throttled ? 'connection ends' : 'message refused'} | ${text} |`;
  });
  return ['## Session codes', '', '| code | name | effect | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
