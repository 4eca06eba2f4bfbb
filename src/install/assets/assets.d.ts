/** Files that are built into the executable as texts. */
declare module "*.service" {
  const text: string;
  export default text;
}
declare module "*.rules" {
  const text: string;
  export default text;
}
declare module "*.tmpfiles" {
  const text: string;
  export default text;
}
declare module "*.openrc" {
  const text: string;
  export default text;
}
declare module "*.run" {
  const text: string;
  export default text;
}
declare module "*.inittab" {
  const text: string;
  export default text;
}
declare module "*.conf" {
  const text: string;
  export default text;
}
declare module "*.sh" {
  const text: string;
  export default text;
}
