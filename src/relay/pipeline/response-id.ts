const ID_FORM = /^[\w-]{1,200}$/;

/** Whether it may be the id of a response. */
export function isResponseId(id: string): boolean {
  return ID_FORM.test(id);
}
