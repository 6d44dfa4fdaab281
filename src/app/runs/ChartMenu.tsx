/** What a chart can be taken as: its picture as PNG or SVG, its figures as CSV or as a table. Stands anywhere within the chart's figure. */
import './runs.css'
import { ActionIcon, Menu } from '@mantine/core'
import { lazy, Suspense, useRef, useState } from 'react'
import { csv, type Figures } from '../../runs/library/rows'
import { useShelf } from '../context'
import { Icon } from '../Icon'
import { pngOf, svgText, type Legend } from './chartFile'
import { download, fileName } from './download'
import { say } from '../words/say'

const FiguresSheet = lazy(() => import('./FiguresSheet').then((module) => ({ default: module.FiguresSheet })))

export function ChartMenu({ title, figures, legend }: { title: string; figures: () => Figures; legend?: readonly Legend[] }) {
  const shelf = useShelf()
  const button = useRef<HTMLButtonElement>(null)
  const [read, setRead] = useState<Figures>()
  const save = (form: 'png' | 'svg' | 'csv'): Promise<void> =>
    shelf.attempt(async () => {
      const name = `${fileName(title)}.${form}`
      if (form === 'csv') return download(name, csv(figures()), 'text/csv')
      const svg = button.current?.closest('figure')?.querySelector<SVGSVGElement>('svg.recharts-surface')
      if (!svg) throw new Error(say`there is no chart to save yet.`)
      const text = svgText(svg, title, legend)
      download(name, form === 'svg' ? text : await pngOf(text), 'image/svg+xml')
    })
  return (
    <>
      <Menu position="bottom-end" shadow="md" withinPortal>
        <Menu.Target>
          <ActionIcon ref={button} className="chart-menu" variant="subtle" size={24} aria-label={say`Save the chart “${title}”`}>
            <Icon name="save" size={13} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => { setRead(figures()) }}>{say`As a table`}</Menu.Item>
          <Menu.Item onClick={() => void save('png')}>{say`Picture (PNG)`}</Menu.Item>
          <Menu.Item onClick={() => void save('svg')}>{say`Picture (SVG)`}</Menu.Item>
          <Menu.Item onClick={() => void save('csv')}>{say`Figures (CSV)`}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {read && <Suspense fallback={null}><FiguresSheet title={title} {...read} close={() => { setRead(undefined) }} /></Suspense>}
    </>
  )
}
