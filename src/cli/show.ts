export async function show(_v: string | null, _t: string[], _f: unknown): Promise<number> {
  return 3;
}
