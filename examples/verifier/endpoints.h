/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The endpoints of a run: those of the command line, and those of the lists that it names with @FILE. */
#ifndef VERIFIER_ENDPOINTS_H
#define VERIFIER_ENDPOINTS_H

#include "../common/common.h"

struct endpoints {
	const char **items; /* of the command line, or in `text` */
	size_t count, cap;
	struct file texts[LIST_MAX]; /* of the lists, cut into lines */
	unsigned text_count;
	bool has_list, has_stdin;
};

/* Takes an argument: an endpoint, or @FILE, where - is standard input. A list has one endpoint on each line; what follows a
 * # at a line's beginning, or after a blank, is a comment. */
bool endpoints_add(struct endpoints *e, const char *argument, char *why);
/* More than one, or as many as a list happens to have. */
bool endpoints_are_fleet(const struct endpoints *e);
void endpoints_free(struct endpoints *e);

#endif
