/**
 * The one table: sortable headings, aligned figures, only the visible rows in the document. A real <table>, so that
 * assistive technology reads it as one.
 */
import {
  createSortedRowModel,
  metaHelper,
  rowSortingFeature,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
  type ColumnDef,
  type RowData,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, type ReactNode } from 'react';
import { ScrollRegion } from './scroll-region.tsx';
import './data-table.css';

export interface Column<Row extends RowData> {
  readonly id: string;
  readonly header: string;
  /** What sorting compares, and what is shown where no `cell` is given. */
  readonly value: (row: Row) => string | number | null;
  readonly cell?: (row: Row) => ReactNode;
  /** Figures stand at the right. */
  readonly align?: 'end';
  /** A column of buttons: its heading is only for assistive technology, and it does not sort. */
  readonly acts?: true;
  /** Sentences: they get more room before they are cut off. */
  readonly wide?: true;
  /** 2 is left out on narrow screens, 3 on narrow and middle ones. @default 1 */
  readonly rank?: 1 | 2 | 3;
}

interface DataTableProps<Row extends RowData> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Keep it stable between renders: a new array sorts anew. */
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly rowClass?: (row: Row) => string;
  /** The order at first, by column id. */
  readonly sortBy?: { readonly id: string; readonly descending: boolean };
  /** Shown instead of the table when there are no rows. */
  readonly empty: ReactNode;
}

interface Meta {
  readonly end: boolean;
  readonly rank: number;
  readonly acts: boolean;
  readonly wide: boolean;
}

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
  columnMeta: metaHelper<Meta>(),
});

/** Rows kept in the document above and below the visible ones. */
const OVERSCAN_ROWS = 12;
const ROW_PIXELS = 24;
const ROW_PIXELS_COARSE = 32;

function rowPixels(): number {
  return matchMedia('(pointer: coarse)').matches ? ROW_PIXELS_COARSE : ROW_PIXELS;
}

function cellClass(meta: Meta | undefined): string {
  return `${meta?.end === true ? 'end' : ''} ${meta?.wide === true ? 'wide-cell' : ''} rank-${meta?.rank ?? 1}`;
}

/** What is cut off by a narrow column can still be read. */
function titleOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function DataTable<Row extends RowData>({
  label,
  columns,
  rows,
  rowKey,
  rowClass,
  sortBy,
  empty,
}: DataTableProps<Row>) {
  const definitions = useMemo(
    () =>
      columns.map((column): ColumnDef<typeof features, Row> => ({
        id: column.id,
        header: column.header,
        accessorFn: (row) => column.value(row) ?? undefined,
        cell: (context) =>
          column.cell === undefined ? (column.value(context.row.original) ?? '–') : column.cell(context.row.original),
        sortUndefined: 'last',
        meta: {
          end: column.align === 'end',
          rank: column.rank ?? 1,
          acts: column.acts ?? false,
          wide: column.wide ?? false,
        },
      })),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowKey,
    initialState: { sorting: sortBy === undefined ? [] : [{ id: sortBy.id, desc: sortBy.descending }] },
  });
  const scroller = useRef<HTMLElement>(null);
  const sorted = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: rowPixels,
    overscan: OVERSCAN_ROWS,
  });
  if (rows.length === 0) return <>{empty}</>;

  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <ScrollRegion label={label} ref={scroller}>
      <table className="table" aria-rowcount={rows.length + 1}>
        <caption className="visually-hidden">{label}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const direction = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    className={cellClass(header.column.columnDef.meta)}
                    aria-sort={direction === false ? 'none' : direction === 'asc' ? 'ascending' : 'descending'}
                  >
                    {header.column.columnDef.meta?.acts === true ? (
                      <span className="visually-hidden">{header.column.columnDef.header as string}</span>
                    ) : (
                      <button type="button" onClick={header.column.getToggleSortingHandler()}>
                        {header.column.columnDef.header as string}
                        <span className="sort-arrow" aria-hidden="true">
                          {direction === 'asc' ? '↑' : direction === 'desc' ? '↓' : ''}
                        </span>
                      </button>
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {before > 0 ? <Spacer pixels={before} columns={columns.length} /> : null}
          {items.map((item) => {
            const row = sorted[item.index];
            if (row === undefined) return null;
            return (
              <tr key={row.id} aria-rowindex={item.index + 2} className={rowClass?.(row.original)}>
                {row.getAllCells().map((cell) => (
                  <td key={cell.id} className={cellClass(cell.column.columnDef.meta)} title={titleOf(cell.getValue())}>
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 ? <Spacer pixels={after} columns={columns.length} /> : null}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Spacer({ pixels, columns }: { pixels: number; columns: number }) {
  return (
    <tr aria-hidden="true" className="table-spacer">
      <td colSpan={columns} style={{ height: pixels }} />
    </tr>
  );
}
