/** A YAML file that is imported `with { type: "text" }`, so that it is in the one executable too. */
declare module "*.yaml" {
  const text: string;
  export default text;
}
