/** A chart's figures as a table, for those who do not see it and for those who want the numbers: the newest rows first. */
import { Modal, Table } from '@mantine/core'
import type { Figures } from '../../runs/library/rows'
import { metric } from '../format'
import { say } from '../words/say'

/** Rows that are shown; a longer chart is whole in its CSV. */
const SHOWN = 500

export function FiguresSheet({ title, header, rows, close }: Figures & { title: string; close: () => void }) {
  const newest = rows.slice(-SHOWN).reverse()
  return (
    <Modal opened onClose={close} title={title} size="lg" classNames={{ title: 'serif' }}
      closeButtonProps={{ 'aria-label': say`Close the table` }}>
      <Table className="all-figures" stickyHeader>
        <Table.Caption>
          {rows.length > SHOWN ? say`The last ${SHOWN} of ${rows.length} rows, the newest first; all of them are in the CSV.`
            : say`The newest first.`}
        </Table.Caption>
        <Table.Thead><Table.Tr>{header.map((name) => <Table.Th key={name} scope="col">{say.of(name)}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {newest.map((row, i) => (
            <Table.Tr key={rows.length - i}>
              {header.map((name, column) => <Table.Td key={name}>{written(row[column])}</Table.Td>)}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}

const written = (cell: string | number | undefined): string =>
  cell === undefined ? '' : typeof cell === 'string' || Number.isInteger(cell) ? String(cell) : metric(cell)
