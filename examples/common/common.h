/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What tspdm-verifier and tspdm-attester share: the values of options, and files in memory. Functions that return false
 * have said in `why`, of WHY_MAX bytes, what is wrong. */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <tspdm/spdm.h>
#include <tspdm/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	LIST_MAX = 64, /* of an option that may repeat */
	WHY_MAX = 512,
};

struct text_list {
	const char *items[LIST_MAX];
	unsigned count;
};

/* Says what is wrong with an option's value, and returns false. */
bool refuse(char *why, const char *option, const char *value, const char *expected);

/* A value that is given once. */
bool take_text(const char **out, const char *option, const char *value, char *why);
bool take_item(struct text_list *list, const char *option, const char *value, char *why);
/* A decimal number within limits; says nothing. */
bool take_number(const char *value, unsigned long least, unsigned long most, unsigned long *out);
/* A comma-separated list; each item is handed on. Says nothing. */
bool take_list(const char *value, bool (*take)(const char *item, void *to), void *to);
/* The value of --enterprise: an IANA enterprise number. */
bool take_enterprise(uint32_t *out, const char *value, char *why);
/* Adds to a set of TSPDM_VERSION_BIT(). */
bool take_versions(uint32_t *out, const char *option, const char *value, char *why);
bool take_algorithms(enum tspdm_algorithm_kind kind, uint32_t *out, const char *option, const char *value, char *why);
/* Changes a set of capability flags by a list as +HBEAT,-ENCRYPT. `reason_against` says why flags cannot be set; NULL: they
 * can. */
bool take_capabilities(uint32_t *out, const char *value, const char *(*reason_against)(uint32_t flags), char *why);
/* "3:FILE", or FILE for slot 0; `files` has TSPDM_SLOTS items. */
bool take_slot_file(const char **files, const char *option, const char *value, char *why);
/* --key-schedule, of which there is one choice so far. */
bool take_key_schedule(const char *value, char *why);
/* An even number of hex digits, at most `cap` bytes; says nothing. */
bool take_hex(const char *value, uint8_t *out, size_t cap, size_t *len);

/* Options that are known, and refused by name rather than ignored: who asks for one of them would be misled by silence.
 * Returns true, with the reason, where the command line has one. */
bool find_later(const char *const *later, size_t count, char **argv, char *why);

/* Prints one line of --help. */
void print_option(const char *name, const char *argument, const char *help);

/* A file in memory. */
struct file {
	uint8_t *bytes;
	size_t len;
};

/* Reads a file of bounded size; "-" is standard input. */
bool file_read(const char *path, struct file *out, char *why);

/* Writes all of it, or tells by errno why not. */
bool file_write_all(int fd, struct tspdm_view bytes);

#endif
