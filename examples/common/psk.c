/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Pre-shared keys from files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tspdm/secret.h>

#include "psk.h"

enum { FILE_MAX = 2 * TSPDM_PSK_MAX + 2 }; /* in hex, with an end of line */

static const char *option_of(const struct psk_keys *psk)
{
	return psk->option != NULL ? psk->option : "psk";
}

static bool fail(char *why, const char *option, const char *path, const char *reason)
{
	snprintf(why, WHY_MAX, "--%s: %.300s: %s", option, path, reason);
	return false;
}

/* What is open is what is looked at: the name may mean another file the next moment. */
static bool is_private(int fd, const char *option, const char *path, char *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail(why, option, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(why, option, path, "a pre-shared key must be in a regular file");
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return fail(why, option, path, "others than its owner have access to this secret; chmod 600 it");
	return true;
}

static bool read_all(int fd, const char *option, const char *path, uint8_t *bytes, size_t cap, size_t *len, char *why)
{
	*len = 0;
	while (*len < cap) {
		ssize_t got = read(fd, bytes + *len, cap - *len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(why, option, path, strerror(errno));
		if (got == 0)
			return true;
		*len += (size_t)got;
	}
	return fail(why, option, path, "is too long for a pre-shared key: 512 bytes at most");
}

/* Hex digits and an end of line are hex; everything else is the secret itself. `text` has room for one byte more. */
static bool take_secret(char *text, size_t len, struct psk_keys *psk, size_t *secret_len)
{
	uint8_t *secret = psk->secrets[psk->count];
	size_t digits = len;

	while (digits > 0 && (text[digits - 1] == '\n' || text[digits - 1] == '\r'))
		digits--;
	text[len] = '\0';
	if (digits != 0 && memchr(text, '\0', digits) == NULL) {
		char after = text[digits];
		bool is_hex;

		text[digits] = '\0';
		is_hex = take_hex(text, secret, TSPDM_PSK_MAX, secret_len);
		text[digits] = after;
		if (is_hex)
			return true;
	}
	*secret_len = len;
	if (len == 0 || len > TSPDM_PSK_MAX)
		return false;
	memcpy(secret, text, len);
	return true;
}

static bool read_key(struct psk_keys *psk, const char *path, char *why)
{
	const char *option = option_of(psk);
	char text[FILE_MAX + 2] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* so that a pipe does not wait for its writer */
	size_t len, secret_len = 0;
	bool is_good;

	if (fd < 0)
		return fail(why, option, path, strerror(errno));
	is_good = is_private(fd, option, path, why) &&
		  read_all(fd, option, path, (uint8_t *)text, FILE_MAX + 1, &len, why);
	if (is_good && !take_secret(text, len, psk, &secret_len))
		is_good = fail(why, option, path, "must hold a secret of 1 to 512 bytes, in hex or raw");
	close(fd);
	tspdm_wipe(text, sizeof text);
	psk->keys[psk->count].secret = (struct tspdm_view){ psk->secrets[psk->count], secret_len };
	return is_good;
}

bool psk_add(struct psk_keys *psk, const char *value, char *why)
{
	const char *colon = strchr(value, ':');
	struct tspdm_psk *key = &psk->keys[psk->count];

	if (colon == NULL || colon[1] == '\0')
		return refuse(
			why, option_of(psk), value, psk->option != NULL ? "must be ID:FILE" : "must be HINT:FILE");
	if (psk->count == PSKS_MAX)
		return refuse(why, option_of(psk), value, "too many");
	key->hint = (struct tspdm_view){ (const uint8_t *)value, (size_t)(colon - value) };
	for (size_t i = 0; i < psk->count; i++)
		if (psk->keys[i].hint.len == key->hint.len && memcmp(psk->keys[i].hint.ptr, value, key->hint.len) == 0)
			return refuse(why, option_of(psk), value, "this hint has a key already");
	if (!read_key(psk, colon + 1, why))
		return false;
	psk->count++;
	return true;
}

const struct tspdm_psk *psk_weakest(const struct psk_keys *psk)
{
	const struct tspdm_psk *weakest = NULL;

	for (size_t i = 0; i < psk->count; i++)
		if (psk->keys[i].secret.len < PSK_WEAK &&
			(weakest == NULL || psk->keys[i].secret.len < weakest->secret.len))
			weakest = &psk->keys[i];
	return weakest;
}

struct tspdm_psk_store *psk_store(struct psk_keys *psk)
{
	if (psk->count == 0)
		return NULL;
	tspdm_psk_table_init(&psk->table, psk->keys, psk->count);
	return &psk->table.base;
}

void psk_wipe(struct psk_keys *psk)
{
	tspdm_wipe(psk, sizeof *psk);
}
