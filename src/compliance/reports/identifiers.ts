/** The identifiers that regulators ask for, and their check digits. Pure. */

/** ISO 17442: 18 characters and two check digits by ISO 7064 MOD 97-10. */
export function isLei(text: string): boolean {
  return /^[A-Z0-9]{18}[0-9]{2}$/.test(text) && remainder97(text) === 1;
}

/** ISO 6166: a prefix of two letters, nine characters, and a check digit by the Luhn sum of the letters' numbers. */
export function isIsin(text: string): boolean {
  return /^[A-Z]{2}[A-Z0-9]{9}[0-9]$/.test(text) && luhn(digitsOf(text)) % 10 === 0;
}

/** ISO 10383. */
export function isMic(text: string): boolean {
  return /^[A-Z0-9]{4}$/.test(text);
}

/** Letters as two digits, A = 10 to Z = 35. */
function digitsOf(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)));
}

function remainder97(text: string): number {
  let rest = 0;
  for (const digit of digitsOf(text)) rest = (rest * 10 + Number(digit)) % 97;
  return rest;
}

function luhn(digits: string): number {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const weighed = place % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum;
}
