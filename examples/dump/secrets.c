/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Secrets of sessions: from key logs and from the command line. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/secret.h>

#include "dump.h"

static bool complain(char *why, const char *what)
{
	snprintf(why, WHY_MAX, "%s", what);
	return false;
}

static bool add(struct secrets *s, const struct secret *secret, char *why)
{
	struct secret *larger;
	size_t cap = s->cap == 0 ? 16 : 2 * s->cap;

	if (s->count == s->cap) {
		larger = calloc(cap, sizeof *larger);
		if (larger == NULL)
			return complain(why, "out of memory");
		if (s->count != 0)
			memcpy(larger, s->all, s->count * sizeof *larger);
		if (s->all != NULL)
			tspdm_wipe(s->all, s->cap * sizeof *s->all);
		free(s->all);
		s->all = larger;
		s->cap = cap;
	}
	s->all[s->count++] = *secret;
	return true;
}

void secrets_free(struct secrets *s)
{
	if (s->all != NULL)
		tspdm_wipe(s->all, s->cap * sizeof *s->all);
	free(s->all);
	*s = (struct secrets){ 0 };
}

/* ---- Key logs ---- */

/* A number ends the labels of the data secrets. */
static bool take_generation(const char *end, struct secret *out)
{
	unsigned long generation = 0;

	if (out->kind != TSPDM_SECRET_REQUEST_DATA && out->kind != TSPDM_SECRET_RESPONSE_DATA)
		return *end == '\0';
	if (*end != '_' || !take_number(end + 1, 0, UINT32_MAX, &generation))
		return false;
	out->generation = (unsigned)generation;
	return true;
}

static bool take_label(const char *word, struct secret *out)
{
	for (unsigned kind = 0; kind < TSPDM_SECRET_KINDS; kind++) {
		const char *label = tspdm_secret_label(kind);

		out->kind = (uint8_t)kind;
		if (strncmp(word, label, strlen(label)) == 0)
			return take_generation(word + strlen(label), out);
	}
	return false;
}

/* Eight digits, the number as it is spoken of: RspSessionID first. */
static bool take_session(const char *word, uint32_t *id)
{
	uint8_t bytes[4];
	size_t len;

	if (!take_hex(word, bytes, sizeof bytes, &len) || len != sizeof bytes)
		return false;
	*id = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
	return true;
}

/* Cuts the next word off. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t len = strcspn(word, " \t\r\n");

	*rest = word + len;
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

static bool parse_line(char *line, struct secret *out, char *why)
{
	size_t len;

	if (!take_label(next_word(&line), out))
		return complain(why, "unknown label");
	if (!take_session(next_word(&line), &out->session_id))
		return complain(why, "the session id must have 8 hex digits");
	if (!take_hex(next_word(&line), out->random, sizeof out->random, &len) || len != sizeof out->random)
		return complain(why, "the exchange random must have 64 hex digits");
	if (!take_hex(next_word(&line), out->bytes, sizeof out->bytes, &out->len) || out->len == 0)
		return complain(why, "the secret must be hex, of at most 512 bytes");
	return line[strspn(line, " \t\r\n")] == '\0' || complain(why, "something follows the secret");
}

bool secrets_line(struct secrets *s, const char *line, char *why)
{
	struct secret secret = { 0 };
	const char *first = line + strspn(line, " \t\r\n");
	char *copy;
	bool is_good;

	if (*first == '\0' || *first == '#')
		return true;
	copy = strdup(first);
	if (copy == NULL)
		return complain(why, "out of memory");
	is_good = parse_line(copy, &secret, why) && add(s, &secret, why);
	tspdm_wipe(copy, strlen(first));
	free(copy);
	tspdm_wipe(&secret, sizeof secret);
	return is_good;
}

bool secrets_keylog(struct secrets *s, const char *path, char *why)
{
	FILE *stream = fopen(path, "r");
	char *line = NULL;
	char reason[WHY_MAX];
	size_t cap = 0;
	unsigned number = 0;
	bool is_good = true;

	if (stream == NULL) {
		snprintf(why, WHY_MAX, "--keylog %.300s: cannot be read", path);
		return false;
	}
	while (is_good && getline(&line, &cap, stream) >= 0) {
		number++;
		is_good = secrets_line(s, line, reason);
	}
	if (!is_good)
		snprintf(why, WHY_MAX, "--keylog %.200s: line %u: %.200s", path, number, reason);
	if (line != NULL)
		tspdm_wipe(line, cap);
	free(line);
	fclose(stream);
	return is_good;
}

/* ---- The command line ---- */

bool secrets_dhe(struct secrets *s, const char *hex, char *why)
{
	struct secret secret = { .kind = TSPDM_SECRET_DHE, .is_any_session = true };

	if (!take_hex(hex, secret.bytes, sizeof secret.bytes, &secret.len) || secret.len == 0)
		return refuse(why, "dhe-secret", "…", "must be hex, of at most 512 bytes");
	return add(s, &secret, why);
}

bool secrets_psk(struct secrets *s, const char *text, char *why)
{
	struct secret secret = { .kind = TSPDM_SECRET_PSK, .is_any_session = true };
	const char *colon = strrchr(text, ':');
	const char *hex = colon != NULL ? colon + 1 : text;

	if (!take_hex(hex, secret.bytes, sizeof secret.bytes, &secret.len) || secret.len == 0)
		return refuse(why, "psk", "…", "must be [HINT:]HEX");
	secret.hint_len = colon != NULL ? (size_t)(colon - text) : 0;
	if (secret.hint_len > sizeof secret.hint)
		return refuse(why, "psk", "…", "the hint is too long");
	memcpy(secret.hint, text, secret.hint_len);
	return add(s, &secret, why);
}

/* ---- Finding ---- */

static bool is_text(const struct secret *s, struct tspdm_view hint)
{
	if (hint.len == s->hint_len + 1 && hint.ptr[hint.len - 1] == '\0')
		hint.len--; /* some count the end of the string */
	return hint.len == s->hint_len && memcmp(hint.ptr, s->hint, hint.len) == 0;
}

/* The hint may be given as text or, where it is none, in hex. */
static bool is_hinted(const struct secret *s, struct tspdm_view hint)
{
	char text[sizeof s->hint + 1];
	uint8_t bytes[sizeof s->hint];
	size_t len;

	if (s->hint_len == 0)
		return true;
	if (hint.len == 0)
		return false;
	memcpy(text, s->hint, s->hint_len);
	text[s->hint_len] = '\0';
	return is_text(s, hint) ||
	       (take_hex(text, bytes, sizeof bytes, &len) && len == hint.len && memcmp(bytes, hint.ptr, len) == 0);
}

static bool fits(const struct secrets *all, const struct secret *s, const struct tspdm_secret_name *name)
{
	if (s->kind != name->kind)
		return false;
	if (!s->is_any_session)
		return s->session_id == name->session_id && s->generation == name->generation &&
		       name->random.len == sizeof s->random &&
		       memcmp(s->random, name->random.ptr, sizeof s->random) == 0;
	return name->kind == TSPDM_SECRET_PSK ? is_hinted(s, name->hint) : !all->is_dhe_used;
}

/* A key log tells exactly; then PSKs that have a hint; then what is left. */
static unsigned rank(const struct secret *s)
{
	return !s->is_any_session ? 3 : s->hint_len != 0 ? 2 : 1;
}

bool secrets_find(struct secrets *s, const struct tspdm_secret_name *name, struct tspdm_buffer *out)
{
	const struct secret *best = NULL;

	for (size_t i = 0; i < s->count; i++)
		if (fits(s, &s->all[i], name) && (best == NULL || rank(&s->all[i]) > rank(best)))
			best = &s->all[i];
	if (name->kind == TSPDM_SECRET_DHE)
		s->is_dhe_used = true; /* the next session has another one */
	if (best == NULL || best->len > out->cap - out->len)
		return false;
	memcpy(out->ptr + out->len, best->bytes, best->len);
	out->len += best->len;
	return true;
}
