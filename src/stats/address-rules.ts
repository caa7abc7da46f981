/** Where a server is: a host in lower case and, if it is said, a port. */
export type Address = { readonly host: string; readonly port: number | null };

/** What says of itself that it is at `from` is for us at `to`. */
export type AddressRule = { readonly from: Address; readonly to: Address };

type Place = { readonly host: string; readonly port: number };

/** The rule for a place: the one with its port goes before the one with its host alone. */
export function ruleFor(rules: readonly AddressRule[], { host, port }: Place): AddressRule | null {
  const fits = ({ from }: AddressRule, withPort: boolean) =>
    from.host === host.toLowerCase() && from.port === (withPort ? port : null);
  return rules.find((one) => fits(one, true)) ?? rules.find((one) => fits(one, false)) ?? null;
}
