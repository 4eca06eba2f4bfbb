/** Significant digits of C's `%.17g`. */
const digitCount = 17;

/** A double as C's `printf("%.17g")` writes it, which is how QEMU does. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [digits, exponent] = roundedDigits(Math.abs(value));
  const significant = digits.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= digitCount) {
    const exponentText = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${withPoint(significant, 1)}e${exponent < 0 ? "-" : "+"}${exponentText}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
  return sign + withPoint(significant.padEnd(exponent + 1, "0"), exponent + 1);
}

function withPoint(digits: string, wholeDigits: number): string {
  if (digits.length <= wholeDigits) return digits;
  return `${digits.slice(0, wholeDigits)}.${digits.slice(wholeDigits)}`;
}

/** Seventeen significant digits and the decimal exponent of the first one. */
function roundedDigits(value: number): [string, number] {
  const [mantissa = "", exponent = ""] = value.toExponential(digitCount - 1).split("e");
  const digits = mantissa.replace(".", "");
  const exact = (value.toExponential(100).split("e")[0] ?? "").replace(".", "");
  // On a tie C rounds to the even digit, JavaScript upwards.
  const tie = /^50*$/.test(exact.slice(digitCount));
  const evenDigit = Number(exact[digitCount - 1]) % 2 === 0;
  return [tie && evenDigit ? exact.slice(0, digitCount) : digits, Number(exponent)];
}
