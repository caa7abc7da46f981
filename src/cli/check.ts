export async function check(_t: string[], _f: unknown): Promise<number> {
  return 3;
}
