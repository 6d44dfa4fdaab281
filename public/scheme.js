// Before the first paint: the visitor's choice of light or dark, else the system's.
{
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  let chosen = null
  try { chosen = localStorage.getItem('mantine-color-scheme-value') } catch { /* no storage here: follow the system */ }
  const scheme = chosen === 'dark' || chosen === 'light' ? chosen : dark ? 'dark' : 'light'
  document.documentElement.dataset.mantineColorScheme = scheme
}
