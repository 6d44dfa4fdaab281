/** Markdown as React elements: marked reads it, and nothing of it ever becomes HTML by itself. Links of the repository are shown as text. */
import { marked, type Token, type Tokens } from 'marked'
import { Fragment, type ReactNode } from 'react'

export function Markdown({ text }: { text: string }) {
  return <div className="markdown">{blocks(marked.lexer(text))}</div>
}

const blocks = (tokens: readonly Token[]): ReactNode => tokens.map((token, i) => <Fragment key={i}>{block(token)}</Fragment>)

function block(token: Token): ReactNode {
  switch (token.type) {
    case 'heading':
      return (token as Tokens.Heading).depth === 1 ? <h2>{inline(token.tokens)}</h2> : <h3>{inline(token.tokens)}</h3>
    case 'paragraph':
      return <p>{inline(token.tokens)}</p>
    case 'text':
      return inline(token.tokens) ?? (token as Tokens.Text).text
    case 'code':
      return <pre><code>{(token as Tokens.Code).text}</code></pre>
    case 'list': {
      const { ordered, items } = token as Tokens.List
      const rows = items.map((item, i) => <li key={i}>{blocks(item.tokens)}</li>)
      return ordered ? <ol>{rows}</ol> : <ul>{rows}</ul>
    }
    case 'space':
      return null
    default:
      return token.raw
  }
}

function inline(tokens: readonly Token[] | undefined): ReactNode {
  return tokens?.map((token, i) => <Fragment key={i}>{span(token)}</Fragment>)
}

function span(token: Token): ReactNode {
  switch (token.type) {
    case 'strong':
      return <b>{inline(token.tokens)}</b>
    case 'em':
      return <i>{inline(token.tokens)}</i>
    case 'codespan':
      return <code>{(token as Tokens.Codespan).text}</code>
    case 'link': {
      const { href } = token as Tokens.Link
      return href.startsWith("https://") ? <a href={href} target="_blank" rel="noreferrer">{inline(token.tokens)}</a> : inline(token.tokens)
    }
    case 'text':
      return inline(token.tokens) ?? (token as Tokens.Text).text
    default:
      return token.raw
  }
}
