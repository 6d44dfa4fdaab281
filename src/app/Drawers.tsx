/** Below the curves and the group: drawers for what deserves more room, of which only those appear that have something to show. */
import { Tabs } from '@mantine/core'
import { lazy, Suspense, type ComponentType } from 'react'
import { useSelect, useSettings, useStoreApi } from './context'
import { read } from './draft'
import { later, say } from './words/say'

interface Drawer {
  name: string
  title: string
  Body: ComponentType
}

// Each comes when it is opened.
const TREE: Drawer = { name: 'tree', title: later`MOTIF tree`,
  Body: lazy(() => import('./tree/TreeDrawer').then(({ TreeDrawer }) => ({ default: TreeDrawer }))) }
const EVALUATION: Drawer = {
  name: 'evaluation', title: later`Evaluation`,
    Body: lazy(() => import('./curves/EvaluationDrawer').then(({ EvaluationDrawer }) => ({ default: EvaluationDrawer }))),
}
const CHAT: Drawer = { name: 'chat', title: later`Before and after`,
  Body: lazy(() => import('./beside/ChatDrawer').then(({ ChatDrawer }) => ({ default: ChatDrawer }))) }
const WHAT_IF: Drawer = { name: 'whatif', title: later`What if`,
  Body: lazy(() => import('./whatif/WhatIfDrawer').then(({ WhatIfDrawer }) => ({ default: WhatIfDrawer }))) }
const GRADIENTS: Drawer = {
  name: 'gradients', title: later`Gradients`,
    Body: lazy(() => import('./beside/GradientsDrawer').then(({ GradientsDrawer }) => ({ default: GradientsDrawer }))),
}
const RUNS: Drawer = { name: 'runs', title: later`Runs`,
  Body: lazy(() => import('./runs/RunsDrawer').then(({ RunsDrawer }) => ({ default: RunsDrawer }))) }

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
    <section className="drawers" id="drawers" aria-label={say`Drawers`}>
      <Tabs value={open.name} onChange={(drawer) => { if (drawer) store.setState({ drawer }) }} keepMounted={false} classNames={{ list: 'drawer-tabs', tab: 'drawer-tab' }}>
        <Tabs.List>
          {drawers.map(({ name, title }) => <Tabs.Tab key={name} value={name}>{say.of(title)}</Tabs.Tab>)}
        </Tabs.List>
        {drawers.map(({ name, Body }) => <Tabs.Panel key={name} value={name}><Suspense fallback={null}><Body /></Suspense></Tabs.Panel>)}
      </Tabs>
    </section>
  )
}
