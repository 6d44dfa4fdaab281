import { renderToStaticMarkup } from 'react-dom/server'
import { createElement } from 'react'
import { afterEach, describe, expect, it } from 'vitest'
import { count, fixed, signed } from '../format'
import { firstOf, LANGUAGES, nameOf } from './languages'
import { language, later, onLanguage, say, speak } from './say'
import { tell } from './tell'

afterEach(() => { speak('en', {}) })

const GERMAN = { 'step {0} of {1}': 'von {1} Schritten {0}', 'done': 'fertig', 'The run waits, and goes on.': 'Der Lauf wartet.' }

describe('a text', () => {
  it('is English where nothing else is spoken, and where a language lacks it', () => {
    expect([say`step ${3} of ${9}`, say.of(later`done`)]).toEqual(['step 3 of 9', 'done'])
    speak('de', {})
    expect(say`step ${3} of ${9}`).toBe('step 3 of 9')
  })

  it('has its values where the language wants them', () => {
    speak('de', GERMAN)
    expect([language(), say`step ${3} of ${9}`, say.of('done')]).toEqual(['de', 'von 9 Schritten 3', 'fertig'])
    expect(renderToStaticMarkup(tell`step ${createElement('b', null, 3)} of ${9}`)).toBe('von 9 Schritten <b>3</b>')
  })

  it('takes a value as it is, whatever is written in it', () => expect(say`step ${'{1} $&'} of ${'{0}'}`).toBe('step {1} $& of {0}'))

  it('may carry a remark for whoever translates it', () => {
    expect(say`change¦the model`).toBe('change')
    speak('de', { 'change¦the model': 'ändern', 'change': 'Änderung' })
    expect([say`change¦the model`, say`change`]).toEqual(['ändern', 'Änderung'])
  })

  it('may be broken into lines', () => {
    speak('de', GERMAN)
    expect(say`The run waits,
      and goes on.`).toBe('Der Lauf wartet.')
    expect(say`a
      ${1} b`).toBe('a 1 b')
  })

  it('that is shown hears of another language', () => {
    const heard: string[] = []
    const leave = onLanguage(() => heard.push(language()))
    speak('de', GERMAN)
    leave()
    speak('en', {})
    expect(heard).toEqual(['de'])
  })
})

describe('a number', () => {
  it('has the separators of its language', () => {
    speak('de', GERMAN)
    expect([fixed(-0.5), signed(1.19), signed(-0.001), count(81408)]).toEqual(['−0,50', '+1,19', '0,00', '81.408'])
  })
})

describe('the language', () => {
  it('is the first of the wishes that there is a table for', () => {
    expect(LANGUAGES[0]).toBe('en')
    expect([firstOf([null, 'tlh', 'DE-at', 'en']), firstOf(['en-GB', 'de']), firstOf([undefined, 'tlh'])]).toEqual(['de', 'en', 'en'])
  })

  it('calls itself by its own name', () => expect([nameOf('en'), nameOf('de'), nameOf('fr')]).toEqual(['English', 'Deutsch', 'Français']))
})
