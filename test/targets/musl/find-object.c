/*
 * The unwinder of Debian's libgcc asks glibc (2.35 and later) which unwind table describes the code at an address. musl
 * knows only the older dl_iterate_phdr(3), from which the answer is found here. The struct is glibc's dlfcn.h's.
 */
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>

struct dl_find_object {
  unsigned long long flags;
  void *map_start, *map_end;
  struct link_map *link_map;
  void *eh_frame;
  unsigned long long reserved[7];
};

struct question { void *address; struct dl_find_object *answer; };

static int ask(struct dl_phdr_info *info, size_t size, void *data) {
  struct question *question = data;
  char *address = question->address, *eh_frame = NULL, *start = NULL, *end = NULL;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    char *at = (char *)(info->dlpi_addr + header->p_vaddr);
    if (header->p_type == PT_LOAD && at <= address && address < at + header->p_memsz) {
      start = at;
      end = at + header->p_memsz;
    }
    if (header->p_type == PT_GNU_EH_FRAME) eh_frame = at;
  }
  if (start == NULL || eh_frame == NULL) return 0;
  *question->answer = (struct dl_find_object){ 0, start, end, NULL, eh_frame, { 0 } };
  return 1;
}

int _dl_find_object(void *address, struct dl_find_object *answer) {
  struct question question = { address, answer };
  return dl_iterate_phdr(ask, &question) == 1 ? 0 : -1;
}
