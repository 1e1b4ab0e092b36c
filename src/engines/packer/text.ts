/** Texts for fields of a Packer template. */

/** Text for a Packer field that Packer also renders with the template engine of Go. */
export function packerText(value: string): string {
  return value.replaceAll('{{', '{{`{{`}}');
}
