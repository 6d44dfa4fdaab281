/** Below the curves and the group: drawers for what deserves more room, of which only those appear that have something to show. */
import { Tabs } from '@mantine/core'
import { lazy, Suspense, type ReactElement } from 'react'
import { useSelect, useSettings, useStoreApi } from './context'
import { read } from './draft'
import { EvaluationDrawer } from './curves/EvaluationDrawer'
import { TreeDrawer } from './tree/TreeDrawer'

interface Drawer {
  name: string
  title: string
  body: ReactElement
}

const TREE: Drawer = { name: 'tree', title: 'MOTIF tree', body: <TreeDrawer /> }
const RunsDrawer = lazy(() => import('./runs/RunsDrawer').then((module) => ({ default: module.RunsDrawer })))

const RUNS: Drawer = { name: 'runs', title: 'Runs', body: <Suspense fallback={null}><RunsDrawer /></Suspense> }
const ChatDrawer = lazy(() => import('./beside/ChatDrawer').then((module) => ({ default: module.ChatDrawer })))
const WhatIfDrawer = lazy(() => import('./whatif/WhatIfDrawer').then((module) => ({ default: module.WhatIfDrawer })))
const GradientsDrawer = lazy(() => import('./beside/GradientsDrawer').then((module) => ({ default: module.GradientsDrawer })))

const CHAT: Drawer = { name: 'chat', title: 'Before and after', body: <Suspense fallback={null}><ChatDrawer /></Suspense> }
const WHAT_IF: Drawer = { name: 'whatif', title: 'What if', body: <Suspense fallback={null}><WhatIfDrawer /></Suspense> }
const GRADIENTS: Drawer = { name: 'gradients', title: 'Gradients', body: <Suspense fallback={null}><GradientsDrawer /></Suspense> }
const EVALUATION: Drawer = { name: 'evaluation', title: 'Evaluation', body: <EvaluationDrawer /> }

export function Drawers() {
  const trees = read(useSettings(), 'algorithm.trajectories') !== undefined
  const measured = useSelect((page) => page.evaluations.length > 0)
  const sampled = useSelect((page) => page.reports.some(({ groups }) => groups.length > 0))
  const wanted = useSelect((page) => page.drawer)
  const store = useStoreApi()
  const drawers = [...(trees ? [TREE] : []), ...(measured ? [EVALUATION] : []), CHAT, ...(sampled ? [WHAT_IF] : []), GRADIENTS, RUNS]
  const open = drawers.find(({ name }) => name === wanted) ?? drawers[0]
  if (!open) return null
  return (
    <section className="drawers" id="drawers" aria-label="Drawers">
      <Tabs value={open.name} onChange={(drawer) => { if (drawer) store.setState({ drawer }) }} keepMounted={false} classNames={{ list: 'drawer-tabs', tab: 'drawer-tab' }}>
        <Tabs.List>
          {drawers.map(({ name, title }) => <Tabs.Tab key={name} value={name}>{title}</Tabs.Tab>)}
        </Tabs.List>
        {drawers.map(({ name, body }) => <Tabs.Panel key={name} value={name}>{body}</Tabs.Panel>)}
      </Tabs>
    </section>
  )
}
