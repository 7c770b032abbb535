/**
 * Reads just enough of TypeScript to tell code from text: the contents of comments, strings, templates and regular
 * expressions become spaces, so that a rule about code never trips over words. Never parses further than that.
 */

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+*%~^>-]|\b(?:return|typeof|case|in|of|do|else|void|throw|new|delete|await|yield))$/;
const REGEX_CONTEXT_CHARS = 16;

/** The same text with everything that is not code blanked; positions and line breaks stay where they are. */
export function codeOnly(text: string): string {
  const scanner = new CodeScanner(text);
  return scanner.scan();
}

class CodeScanner {
  private readonly text: string;
  private readonly out: string[];
  private at = 0;
  /** For each template expression we are inside of, how many braces are open in it. */
  private readonly openTemplates: number[] = [];

  constructor(text: string) {
    this.text = text;
    this.out = text.split('');
  }

  scan(): string {
    while (this.at < this.text.length) this.step();
    return this.out.join('');
  }

  private step(): void {
    const char = this.text[this.at];
    const next = this.text[this.at + 1];
    if (char === '/' && next === '/') this.blankUntil(this.endOf('\n'));
    else if (char === '/' && next === '*') this.blankUntil(this.endOf('*/', 2) + 2);
    else if (char === '"' || char === "'") this.quoted(char);
    else if (char === '`') this.template();
    else if (char === '/' && next !== '>' && this.startsRegex()) this.regex();
    else this.brace(char);
  }

  private brace(char: string | undefined): void {
    const depth = this.openTemplates.length - 1;
    const open = this.openTemplates[depth];
    if (open !== undefined && char === '{') this.openTemplates[depth] = open + 1;
    if (open !== undefined && char === '}') {
      if (open === 0) {
        this.openTemplates.pop();
        this.template();
        return;
      }
      this.openTemplates[depth] = open - 1;
    }
    this.at += 1;
  }

  /** A string ends with its quote, or with its line when the quote was an apostrophe in a page's text. */
  private quoted(quote: string): void {
    let end = this.at + 1;
    while (end < this.text.length && this.text[end] !== quote && this.text[end] !== '\n')
      end += this.text[end] === '\\' ? 2 : 1;
    this.at += 1;
    this.blankUntil(end);
    this.at += 1;
  }

  /** From a backtick, or from the brace that ends an expression, to the next expression or the closing backtick. */
  private template(): void {
    let end = this.at + 1;
    while (end < this.text.length && this.text[end] !== '`' && !this.text.startsWith('${', end))
      end += this.text[end] === '\\' ? 2 : 1;
    this.at += 1;
    this.blankUntil(end);
    if (this.text[end] === '$') {
      this.openTemplates.push(0);
      this.at += 2;
    } else this.at += 1;
  }

  private startsRegex(): boolean {
    const before = this.out.slice(Math.max(0, this.at - REGEX_CONTEXT_CHARS), this.at).join('');
    return BEFORE_REGEX.test(before.trimEnd());
  }

  private regex(): void {
    let end = this.at + 1;
    let inClass = false;
    while (end < this.text.length && this.text[end] !== '\n' && (inClass || this.text[end] !== '/')) {
      if (this.text[end] === '[') inClass = true;
      if (this.text[end] === ']') inClass = false;
      end += this.text[end] === '\\' ? 2 : 1;
    }
    if (this.text[end] !== '/') {
      this.at += 1;
      return;
    }
    this.at += 1;
    this.blankUntil(end);
    this.at += 1;
  }

  private endOf(mark: string, skip = 0): number {
    const found = this.text.indexOf(mark, this.at + skip);
    return found === -1 ? this.text.length : found;
  }

  private blankUntil(end: number): void {
    const last = Math.min(end, this.text.length);
    for (; this.at < last; this.at += 1) if (this.text[this.at] !== '\n') this.out[this.at] = ' ';
  }
}
