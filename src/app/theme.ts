/** Paper and ink: Mantine's theme, and the page's own colours as CSS variables for light and dark. */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

export const SERIF = "Georgia, 'Source Serif 4', 'Iowan Old Style', 'Noto Serif', serif"

interface Palette {
  paper: string
  card: string
  ink: string
  soft: string
  hair: string
  /** Pushed towards; the reward. */
  up: string
  /** Pushed away; failures. */
  down: string
  /** Held-out accuracy. */
  held: string
  /** A quiet surface: prompts, notes. */
  quiet: string
}

const LIGHT: Palette = {
  paper: '#fbfaf6', card: '#ffffff', ink: '#1d1c1a', soft: '#67645d', hair: '#e3dfd6',
  up: '#0b67ad', down: '#b84716', held: '#6b4fa0', quiet: '#f1eee6',
}
const DARK: Palette = {
  paper: '#161513', card: '#1e1d1a', ink: '#ece8df', soft: '#a19c91', hair: '#34322d',
  up: '#5db3ee', down: '#f08a5b', held: '#b59ae6', quiet: '#24221e',
}

/** From the lightest text of the dark page to its paper; Mantine's dark variants are built on these. */
const dark: MantineColorsTuple = [
  '#ece8df', '#d5d0c6', '#b8b3a8', '#a19c91', '#56534c', '#403d37', '#24221e', '#161513', '#121110', '#0d0c0b',
]
const ink: MantineColorsTuple = [
  '#f6f4ef', '#e3dfd6', '#c9c4ba', '#aaa59a', '#8b867c', '#67645d', '#4a4843', '#33312e', '#1d1c1a', '#121110',
]

export const theme = createTheme({
  colors: { dark, ink },
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 1 },
  autoContrast: true,
  white: '#ffffff',
  black: LIGHT.ink,
  defaultRadius: 7,
  cursorType: 'pointer',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Inter, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontFamily: SERIF, fontWeight: '600' },
  components: {
    Tooltip: {
      defaultProps: { openDelay: 350, withArrow: false, multiline: true, maw: 280, fz: 12.5, color: 'var(--ink)', c: 'var(--paper)' },
    },
  },
})

export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: variables(LIGHT),
  dark: variables(DARK),
})

function variables(palette: Palette): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(palette).map(([name, colour]: [string, string]) => [`--${name}`, colour])),
    '--mantine-color-body': palette.paper,
    '--mantine-color-text': palette.ink,
    '--mantine-color-dimmed': palette.soft,
    '--mantine-color-placeholder': palette.soft,
    '--mantine-color-default': palette.card,
    '--mantine-color-default-hover': palette.quiet,
    '--mantine-color-default-color': palette.ink,
    '--mantine-color-default-border': palette.hair,
    '--mantine-color-error': palette.down,
  }
}
