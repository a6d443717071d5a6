/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Lists of endpoints. A line that is no endpoint is told by its number before anybody is connected to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/transport.h>

#include "endpoints.h"

enum {
	FIRST_CAP = 64,
	ENDPOINTS_MAX = 10000000,
};

static const char blanks[] = " \t\r\v\f";

static bool append(struct endpoints *e, const char *endpoint, char *why)
{
	size_t cap = e->cap != 0 ? e->cap * 2 : FIRST_CAP;
	const char **larger;

	if (e->count == ENDPOINTS_MAX) {
		snprintf(why, WHY_MAX, "more than %d endpoints; divide the list", ENDPOINTS_MAX);
		return false;
	}
	if (e->count == e->cap) {
		larger = realloc(e->items, cap * sizeof *larger);
		if (larger == NULL) {
			snprintf(why, WHY_MAX, "out of memory");
			return false;
		}
		e->items = larger;
		e->cap = cap;
	}
	e->items[e->count++] = endpoint;
	return true;
}

/* ---- Lists ---- */

/* What stands on a line, without comment and blanks around it; cut in place. */
static char *strip(char *line)
{
	char *start = line + strspn(line, blanks), *end;

	for (end = start; *end != '\0'; end++)
		if (*end == '#' && (end == start || strchr(blanks, end[-1]) != NULL))
			break;
	while (end > start && strchr(blanks, end[-1]) != NULL)
		end--;
	*end = '\0';
	return start;
}

static bool take_line(struct endpoints *e, const char *path, unsigned number, char *line, char *why)
{
	const char *endpoint = strip(line);
	struct tspdm_endpoint_error reason;

	if (endpoint[0] == '\0')
		return true;
	if (tspdm_endpoint_check(endpoint, &reason) == TSPDM_OK)
		return append(e, endpoint, why);
	snprintf(why, WHY_MAX, "%.100s:%u: %.300s", path, number, reason.text);
	return false;
}

/* With a zero behind it, and the file's own zeros refused: what follows one would be lost. */
static bool terminate(struct file *text, const char *path, char *why)
{
	uint8_t *larger = realloc(text->bytes, text->len + 1);

	if (larger == NULL) {
		snprintf(why, WHY_MAX, "out of memory");
		return false;
	}
	text->bytes = larger;
	larger[text->len] = '\0';
	if (memchr(larger, '\0', text->len) == NULL)
		return true;
	snprintf(why, WHY_MAX, "%.200s: is no text: there is a zero byte in it", path);
	return false;
}

static bool take_lines(struct endpoints *e, const char *path, char *text, char *why)
{
	char *end;

	for (unsigned number = 1;; number++) {
		end = strchr(text, '\n');
		if (end != NULL)
			*end = '\0';
		if (!take_line(e, path, number, text, why))
			return false;
		if (end == NULL)
			return true;
		text = end + 1;
	}
}

static bool read_list(struct endpoints *e, const char *path, char *why)
{
	struct file *text = &e->texts[e->text_count];
	const char *name = strcmp(path, "-") == 0 ? "(standard input)" : path;
	size_t before = e->count;

	if (e->text_count == COUNT(e->texts)) {
		snprintf(why, WHY_MAX, "more than %d lists of endpoints", LIST_MAX);
		return false;
	}
	if (strcmp(path, "-") == 0 && e->has_stdin) {
		snprintf(why, WHY_MAX, "@-: standard input can be read once");
		return false;
	}
	if (!file_read(path, text, why))
		return false;
	e->text_count++;
	e->has_list = true;
	e->has_stdin = e->has_stdin || strcmp(path, "-") == 0;
	if (!terminate(text, name, why) || !take_lines(e, name, (char *)text->bytes, why))
		return false;
	if (e->count == before)
		snprintf(why, WHY_MAX, "%.200s: no endpoint in it", name);
	return e->count != before;
}

bool endpoints_add(struct endpoints *e, const char *argument, char *why)
{
	if (argument[0] != '@')
		return append(e, argument, why);
	if (argument[1] == '\0') {
		snprintf(why, WHY_MAX, "@: the file is missing; write @FILE, or @- for standard input");
		return false;
	}
	return read_list(e, argument + 1, why);
}

bool endpoints_are_fleet(const struct endpoints *e)
{
	return e->has_list || e->count > 1;
}

void endpoints_free(struct endpoints *e)
{
	for (unsigned i = 0; i < e->text_count; i++)
		free(e->texts[i].bytes);
	free(e->items);
	*e = (struct endpoints){ 0 };
}
