/**
 * getopt_long(3) as glibc does it: clusters of short options, attached and separate values, long options that may be
 * shortened as far as they stay unambiguous, options between operands, `--` as the end. The published packages that
 * carry the name leave out abbreviations, optional values or glibc's wording, which is what people see and match on.
 */

export interface OptionSpec {
  /**
   * One character. Rows with the same letter are spellings of one option. A long name stands here instead where there
   * is no letter: such an option has to be written out, so that no shortening of another becomes ambiguous by it.
   */
  readonly short: string;
  /** Without the dashes; null when there is only the letter. */
  readonly long: string | null;
  /** `optional`: the value counts only when attached, as in `-Fx` and `--fsfreeze-hook=x`. */
  readonly value: "none" | "required" | "optional";
}

/** One option found (by its `short`), or glibc's complaint, without a final newline. */
export type Found =
  | { readonly option: string; readonly value: string | null }
  | { readonly complaint: string };

export interface GetoptRules {
  readonly options: readonly OptionSpec[];
  /** The environment has POSIXLY_CORRECT: the first operand ends the options. */
  readonly posixlyCorrect: boolean;
}

/**
 * The options of a command line one after the other; operands are passed over. `argv[0]` is the program's name as it
 * was called, which begins every complaint. Goes on after a complaint, as getopt_long does.
 */
export function getopt(argv: readonly string[], rules: GetoptRules): readonly Found[] {
  const program = argv[0] ?? "";
  const rest = argv.slice(1);
  const finder = new OptionFinder(program, rules.options, rest);
  const found: Found[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") break;
    if (word.startsWith("--")) found.push(finder.long(word.slice(2)));
    else if (word.length > 1 && word.startsWith("-")) found.push(...finder.cluster(word.slice(1)));
    else if (rules.posixlyCorrect) break;
  }
  return found;
}

class OptionFinder {
  readonly #program: string;
  readonly #options: readonly OptionSpec[];
  /** The words not looked at yet; a separate value is taken from its front. */
  readonly #rest: string[];

  constructor(program: string, options: readonly OptionSpec[], rest: string[]) {
    this.#program = program;
    this.#options = options;
    this.#rest = rest;
  }

  long(text: string): Found {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const attached = equals < 0 ? null : text.slice(equals + 1);
    const candidates = this.#candidates(name);
    const spec = candidates[0];
    if (spec === undefined) return this.#complain(`unrecognized option '--${text}'`);
    if (candidates.length > 1) {
      const possibilities = candidates.map((each) => ` '--${each.long}'`).join("");
      return this.#complain(`option '--${text}' is ambiguous; possibilities:${possibilities}`);
    }
    if (spec.value === "none" && attached !== null) {
      return this.#complain(`option '--${spec.long}' doesn't allow an argument`);
    }
    if (spec.value !== "required" || attached !== null) {
      return { option: spec.short, value: attached };
    }
    const separate = this.#rest.shift();
    if (separate === undefined)
      return this.#complain(`option '--${spec.long}' requires an argument`);
    return { option: spec.short, value: separate };
  }

  cluster(letters: string): Found[] {
    const found: Found[] = [];
    let at = 0;
    for (const letter of letters) {
      at += letter.length;
      const spec = this.#byLetter(letter);
      if (spec === undefined) {
        found.push(this.#complain(`invalid option -- '${letter}'`));
      } else if (spec.value === "none") {
        found.push({ option: letter, value: null });
      } else {
        found.push(this.#lettersValue(spec, letters.slice(at)));
        break;
      }
    }
    return found;
  }

  #byLetter(letter: string): OptionSpec | undefined {
    for (const spec of this.#options) if (spec.short === letter) return spec;
    return undefined;
  }

  #lettersValue(spec: OptionSpec, attached: string): Found {
    if (attached !== "") return { option: spec.short, value: attached };
    if (spec.value === "optional") return { option: spec.short, value: null };
    const separate = this.#rest.shift();
    if (separate === undefined) {
      return this.#complain(`option requires an argument -- '${spec.short}'`);
    }
    return { option: spec.short, value: separate };
  }

  /** What the name may stand for. An exact name is never ambiguous, nor are two spellings of one option. */
  #candidates(name: string): readonly OptionSpec[] {
    const exact = this.#options.find(({ long }) => long === name);
    if (exact !== undefined) return [exact];
    const [first, ...others] = this.#options.filter(
      ({ short, long }) => long?.startsWith(name) && short !== long,
    );
    if (first === undefined) return [];
    return [first, ...others.filter(({ short }) => short !== first.short)];
  }

  #complain(text: string): Found {
    return { complaint: `${this.#program}: ${text}` };
  }
}
