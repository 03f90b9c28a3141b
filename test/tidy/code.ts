/**
 * What of a TypeScript file is code: its text with comments, strings and regular
 * expressions blanked out, line by line in place.
 * Invariant: the result has the same length and the same line ends as the text.
 */

/** Characters after which a slash begins a regular expression, not a division. */
const beforeExpression = /(?:^|[(,=:[!&|?{};>~+*%<-]|\b(?:return|typeof|case|of|in))\s*$/;

/** `text` with spaces in place of whatever is not code. */
export function onlyCode(text: string): string {
  let code = "";
  let at = 0;
  while (at < text.length) {
    const end = endOfNonCode(text, at, code);
    if (end === at) {
      code += text[at];
      at += 1;
    } else {
      code += blank(text.slice(at, end));
      at = end;
    }
  }
  return code;
}

/** Where what begins at `at` ends, if it is no code; else `at`. */
function endOfNonCode(text: string, at: number, code: string): number {
  const two = text.slice(at, at + 2);
  if (two === "//") return indexOrEnd(text, "\n", at);
  if (two === "/*") return indexOrEnd(text, "*/", at) + 2;
  const character = text[at] ?? "";
  if (character === '"' || character === "'") return endOfString(text, at, character);
  if (character === "`") return endOfTemplate(text, at);
  if (character === "/" && beforeExpression.test(code.slice(-40))) return endOfExpression(text, at);
  return at;
}

function endOfString(text: string, at: number, quote: string): number {
  let end = at + 1;
  while (end < text.length && text[end] !== quote && text[end] !== "\n") {
    end += text[end] === "\\" ? 2 : 1;
  }
  return end + 1;
}

/** A template with all that is filled into it: code in there is short. */
function endOfTemplate(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== "`") {
    if (text[end] === "\\") end += 2;
    else if (text.startsWith("${", end)) end = endOfFilling(text, end + 2);
    else end += 1;
  }
  return end + 1;
}

function endOfFilling(text: string, at: number): number {
  let depth = 1;
  let end = at;
  while (end < text.length && depth > 0) {
    const character = text[end] ?? "";
    if (character === "`") end = endOfTemplate(text, end);
    else if (character === '"' || character === "'") end = endOfString(text, end, character);
    else {
      depth += character === "{" ? 1 : character === "}" ? -1 : 0;
      end += 1;
    }
  }
  return end;
}

function endOfExpression(text: string, at: number): number {
  let inClass = false;
  let end = at + 1;
  for (; end < text.length && text[end] !== "\n"; end += 1) {
    const character = text[end];
    if (character === "\\") end += 1;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "/" && !inClass) break;
  }
  return end + 1;
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const index = text.indexOf(wanted, from);
  return index < 0 ? text.length : index;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
