/**
 * Compares what a document shows with what came. Numbers that differ from run to run
 * (fences, addresses, times) only have to be of the same shape; but the same number in
 * the document is the same in what came, another is another, and fences keep their order.
 */

const varying = /\d{16}|\d+\.\d+\.\d+\.\d+:\d+|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;
const shapes: readonly RegExp[] = [
  /^\d{16}$/,
  /^\d+\.\d+\.\d+\.\d+:\d+$/,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
];

/** What a document shows, and what each of its varying numbers was this time. */
export class Shown {
  private readonly actual = new Map<string, string>();

  /** Why `came` is not what the document shows; undefined when it is. */
  difference(shown: string, came: string): string | undefined {
    const [fixed, numbers] = parts(shown);
    const [fixedCame, numbersCame] = parts(came);
    const explained = `the document shows ${JSON.stringify(shown)}, but ${JSON.stringify(came)} came`;
    if (fixed !== fixedCame) return explained;
    for (const [index, number] of numbers.entries()) {
      if (!this.bind(number, numbersCame[index] ?? "")) return explained;
    }
    return undefined;
  }

  private bind(number: string, came: string): boolean {
    const shape = shapes.find((each) => each.test(number));
    if (shape === undefined || !shape.test(came)) return false;
    const known = this.actual.get(number);
    if (known !== undefined) return known === came;
    for (const [other, otherCame] of this.actual) {
      if (!shape.test(other) || shape === shapes[2]) continue;
      if (otherCame === came) return false;
      if (
        shape === shapes[0] &&
        BigInt(other) < BigInt(number) !== BigInt(otherCame) < BigInt(came)
      )
        return false;
    }
    this.actual.set(number, came);
    return true;
  }
}

/** A text without its varying numbers, and these. */
function parts(text: string): [fixed: string, numbers: string[]] {
  const everywhere = new RegExp(varying, "g");
  return [text.replaceAll(everywhere, "…"), text.match(everywhere) ?? []];
}
