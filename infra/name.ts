/** SST and Pulumi want logical names in PascalCase. */
export function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
