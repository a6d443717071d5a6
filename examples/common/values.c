/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Values of options, and what is said when they are wrong. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

bool refuse(char *why, const char *option, const char *value, const char *expected)
{
	snprintf(why, WHY_MAX, "--%s %.200s: %s", option, value, expected);
	return false;
}

bool take_text(const char **out, const char *option, const char *value, char *why)
{
	if (*out != NULL)
		return refuse(why, option, value, "is given twice");
	*out = value;
	return true;
}

bool take_item(struct text_list *list, const char *option, const char *value, char *why)
{
	if (list->count == LIST_MAX)
		return refuse(why, option, value, "too many");
	list->items[list->count++] = value;
	return true;
}

bool take_number(const char *value, unsigned long least, unsigned long most, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(value, &end, 10);
	return value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0 && *out >= least && *out <= most;
}

bool take_list(const char *value, bool (*take)(const char *item, void *to), void *to)
{
	char item[64];

	for (;;) {
		size_t len = strcspn(value, ",");

		if (len == 0 || len >= sizeof item)
			return false;
		memcpy(item, value, len);
		item[len] = '\0';
		if (!take(item, to))
			return false;
		if (value[len] == '\0')
			return true;
		value += len + 1;
	}
}

static bool take_version(const char *item, void *to)
{
	static const char *const names[] = { "1.0", "1.1", "1.2", "1.3", "1.4" };

	for (unsigned i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], item) == 0) {
			*(uint32_t *)to |= 1U << i;
			return true;
		}
	return false;
}

bool take_enterprise(uint32_t *out, const char *value, char *why)
{
	unsigned long number;

	if (!take_number(value, 1, UINT32_MAX, &number))
		return refuse(why, "enterprise", value, "must be 1 to 4294967295");
	*out = (uint32_t)number;
	return true;
}

bool take_versions(uint32_t *out, const char *option, const char *value, char *why)
{
	return take_list(value, take_version, out) || refuse(why, option, value, "must be a list of versions as 1.2");
}

struct algorithm_list {
	enum tspdm_algorithm_kind kind;
	uint32_t bits;
};

static bool take_algorithm(const char *item, void *to)
{
	struct algorithm_list *list = to;
	const struct tspdm_algorithm *row = tspdm_algorithm_by_name(list->kind, item);

	if (row == NULL)
		return false;
	list->bits |= row->bit;
	return true;
}

bool take_algorithms(enum tspdm_algorithm_kind kind, uint32_t *out, const char *option, const char *value, char *why)
{
	struct algorithm_list list = { .kind = kind };

	if (!take_list(value, take_algorithm, &list))
		return refuse(why, option, value, "must be a list of algorithm names as ecdsa-p384, sha384");
	*out = list.bits;
	return true;
}

bool take_slot_file(const char **files, const char *option, const char *value, char *why)
{
	unsigned slot = 0;
	const char *file = value;

	if (value[0] >= '0' && value[0] <= '9' && value[1] == ':') {
		slot = (unsigned)(value[0] - '0');
		file = value + 2;
	}
	if (slot >= TSPDM_SLOTS)
		return refuse(why, option, value, "the slot must be 0 to 7");
	if (file[0] == '\0')
		return refuse(why, option, value, "needs a file");
	return take_text(&files[slot], option, file, why);
}

bool take_key_schedule(const char *value, char *why)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_name(TSPDM_KIND_KEY_SCHEDULE, value);

	return (row != NULL && row->bit == TSPDM_KEY_SCHEDULE_SPDM) ||
	       refuse(why, "key-schedule", value, "must be spdm, the only one there is");
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

bool take_hex(const char *value, uint8_t *out, size_t cap, size_t *len)
{
	size_t digits = strlen(value);

	*len = digits / 2;
	if (digits % 2 != 0 || *len > cap)
		return false;
	for (size_t i = 0; i < *len; i++) {
		int high = hex_digit(value[2 * i]), low = hex_digit(value[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool is_listed(const char *const *names, size_t count, const char *argument)
{
	size_t len = strcspn(argument, "=");

	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == len && strncmp(names[i], argument, len) == 0)
			return true;
	return false;
}

bool find_later(const char *const *later, size_t count, char **argv, char *why)
{
	for (char **at = argv; *at != NULL && strcmp(*at, "--") != 0; at++)
		if (strncmp(*at, "--", 2) == 0 && is_listed(later, count, *at + 2)) {
			snprintf(why, WHY_MAX, "%.*s is not in this release", (int)strcspn(*at, "="), *at);
			return true;
		}
	return false;
}

void print_option(const char *name, const char *argument, const char *help)
{
	char left[64];

	snprintf(left, sizeof left, "--%s%s%s", name, argument != NULL ? " " : "", argument != NULL ? argument : "");
	printf("  %-34s %s\n", left, help);
}
