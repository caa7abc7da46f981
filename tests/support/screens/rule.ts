/** Whether a row is a line across the screen, with words in it or without. */
export function isRule(row: string | undefined): boolean {
  return /^──(?: .* )?─+$/.test(row ?? "");
}

/** The same for one of so many characters. */
export function isRuleOf(columns: number, row: string | undefined): boolean {
  return isRule(row) && row?.length === columns;
}
