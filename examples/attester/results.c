/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --accept-result: an attestation result that a verifier hands over is kept in one file, for whoever wants to see it. Anybody
 * who can connect can hand over something, so it is taken only if a known verifier signed it, about a key of ours, and after
 * what is kept already; it is bounded, and takes the place of the one before as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/x509.h>

#include <tspdm/result.h>

#include "options.h"
#include "results.h"

enum {
	PATH_ROOM = 1024,
	RESULT_MAX = 16384, /* bytes; those of tspdm-verifier have some 1,500 */
};

/* What is known of a result. */
struct taken {
	struct tspdm_view text;
	struct tspdm_result *result; /* what it says, where it was verified */
	const char *why;             /* it is refused; NULL: it is not */
};

/* ---- Options ---- */

bool on_accept_result(struct options *o, const char *value, char *why)
{
	return take_text(&o->accept_result, "accept-result", value, why);
}

bool on_result_key(struct options *o, const char *value, char *why)
{
	return take_item(&o->result_keys, "result-key", value, why);
}

bool on_unverified_result(struct options *o, const char *value, char *why)
{
	(void)value, (void)why;
	o->is_result_unverified = true;
	return true;
}

bool results_check(const struct options *o, char *why)
{
	bool is_wanted = o->accept_result != NULL, has_keys = o->result_keys.count != 0;

	if (!is_wanted && (has_keys || o->is_result_unverified))
		snprintf(why, WHY_MAX, "--result-key and --unverified-result go with --accept-result");
	else if (is_wanted && !has_keys && !o->is_result_unverified)
		snprintf(why, WHY_MAX, "--accept-result needs --result-key: whose result counts");
	else if (has_keys && o->is_result_unverified)
		snprintf(why, WHY_MAX, "--unverified-result takes anybody's, and --result-key does not");
	else if (is_wanted && o->is_key_alone && has_keys)
		snprintf(why, WHY_MAX,
			"--accept-result: a result names the key of a certificate, and there is none "
			"with --public-key-only");
	else if (is_wanted && (o->capabilities & TSPDM_CAP_KEY_EX) == 0 && o->psks.count == 0)
		snprintf(why, WHY_MAX, "--accept-result needs sessions, and --caps takes KEY_EX away");
	else
		return true;
	return false;
}

/* ---- Beginning and end ---- */

struct result_keys {
	unsigned count;
	struct file files[LIST_MAX];
};

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

/* Nothing is signed by a key that is none, and that is told before the signature is. */
static bool is_key(const struct file *key)
{
	static const char any[] = "eyJhbGciOiJFUzI1NiJ9.e30.AA"; /* a header, no claims, no signature */
	struct tspdm_result_demand demand = { .size = sizeof demand, .key = view_of(key), .time = 1 };
	struct tspdm_result *result = malloc(sizeof *result);
	struct tspdm_view text = { (const uint8_t *)any, strlen(any) };
	bool is_good = result != NULL && tspdm_result_verify(text, &demand, result) != TSPDM_ERR_KEY;

	free(result);
	return is_good;
}

static bool read_keys(struct attester *a, char *why)
{
	const struct text_list *names = &a->options->result_keys;
	struct result_keys *keys = a->result_keys = calloc(1, sizeof *keys);

	if (keys == NULL) {
		snprintf(why, WHY_MAX, "out of memory");
		return false;
	}
	for (; keys->count < names->count; keys->count++) {
		struct file *key = &keys->files[keys->count];

		if (!file_read(names->items[keys->count], key, why))
			return false;
		if (is_key(key))
			continue;
		free(key->bytes);
		snprintf(why, WHY_MAX, "--result-key %.200s: must be a public key or a certificate, P-256 or P-384",
			names->items[keys->count]);
		return false;
	}
	return true;
}

/* A file takes its place in the directory, so that is what has to be writable. */
static bool check_place(const char *path, char *why)
{
	char copy[PATH_ROOM];
	struct stat found;
	int len = snprintf(copy, sizeof copy, "%s", path);

	if (len < 1 || len >= PATH_ROOM - 8)
		errno = ENAMETOOLONG;
	else if (stat(path, &found) == 0 && !S_ISREG(found.st_mode))
		errno = EEXIST;
	else if (access(dirname(copy), W_OK | X_OK) == 0)
		return true;
	snprintf(why, WHY_MAX, "--accept-result %.300s: %s", path,
		errno == EEXIST ? "there is something that is no file" : strerror(errno));
	return false;
}

bool results_open(struct attester *a, char *why)
{
	const struct options *o = a->options;

	if (o->accept_result == NULL)
		return true;
	return check_place(o->accept_result, why) && read_keys(a, why);
}

void results_free(struct attester *a)
{
	for (unsigned i = 0; a->result_keys != NULL && i < a->result_keys->count; i++)
		free(a->result_keys->files[i].bytes);
	free(a->result_keys);
	a->result_keys = NULL;
}

/* ---- Whether it is taken ---- */

/* The one result among the items; others of them are not for us. */
static void find(struct tspdm_view items, struct taken *t)
{
	struct tspdm_evidence_item item;
	unsigned count = 0;

	while (items.len != 0 && tspdm_next_evidence_item(&items, &item) == TSPDM_OK)
		if (item.type == TSPDM_ITEM_RESULT_JWT) {
			t->text = item.value;
			count++;
		}
	if (count != 1)
		t->why = count == 0 ? "it is no JWT" : "there are several";
	else if (t->text.len > RESULT_MAX)
		t->why = "it is too large";
}

/* RFC 7515 "JWS Compact Serialization": nothing else gets into the file, whoever sent it. */
static void check_form(struct taken *t)
{
	unsigned dots = 0;

	for (size_t i = 0; i < t->text.len; i++) {
		uint8_t c = t->text.ptr[i];
		bool is_base64url = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
				    c == '-' || c == '_';

		dots += c == '.';
		if (!is_base64url && c != '.')
			t->why = "it is no JWT";
	}
	if (dots != 2)
		t->why = "it is no JWT";
}

static const char *reason_of(enum tspdm_status status)
{
	switch (status) {
	case TSPDM_ERR_SIGNATURE:
		return "no key of --result-key has signed it";
	case TSPDM_ERR_EVIDENCE_FORM:
		return "it is no attestation result";
	case TSPDM_ERR_COLLATERAL:
		return "it is out of date, or not valid yet";
	case TSPDM_ERR_EVIDENCE_KEY:
		return "it is about another key than this attester's";
	default:
		return tspdm_status_text(status);
	}
}

/* The last certificate of a chain in DER. */
static struct tspdm_view leaf_of(struct tspdm_view chain)
{
	struct tspdm_view leaf = { NULL, 0 };

	while (chain.len != 0) {
		const uint8_t *next = chain.ptr;
		X509 *certificate = d2i_X509(NULL, &next, (long)chain.len);

		if (certificate == NULL)
			break;
		X509_free(certificate);
		leaf = (struct tspdm_view){ chain.ptr, (size_t)(next - chain.ptr) };
		chain = (struct tspdm_view){ next, chain.len - leaf.len };
	}
	return leaf;
}

/* By one key: whether it is about the key of any slot. The signature comes first, so what is somebody else's is done with at
 * once. */
static enum tspdm_status verify_by(
	const struct attester *a, struct tspdm_view text, const struct file *key, struct tspdm_result *result)
{
	enum tspdm_status status = TSPDM_ERR_EVIDENCE_KEY;
	struct tspdm_result_demand demand = { .size = sizeof demand, .key = view_of(key), .time = (int64_t)time(NULL) };

	for (unsigned i = 0; i < TSPDM_SLOTS && status == TSPDM_ERR_EVIDENCE_KEY; i++) {
		const struct tspdm_slot *slot = &a->device.slots[i];

		if (slot->certificates.len == 0)
			continue;
		demand.holder = slot->spki;
		demand.certificate = leaf_of(slot->certificates);
		status = tspdm_result_verify(text, &demand, result);
	}
	return status;
}

static enum tspdm_status verify(const struct attester *a, struct tspdm_view text, struct tspdm_result *result)
{
	const struct result_keys *keys = a->result_keys;
	enum tspdm_status status = TSPDM_ERR_SIGNATURE;

	for (unsigned i = 0; i < keys->count && status == TSPDM_ERR_SIGNATURE; i++)
		status = verify_by(a, text, &keys->files[i], result);
	return status;
}

/* ---- Keeping ---- */

/* What is kept. Nobody else's bytes are read without bound. False: there is nothing. */
static bool read_kept(const char *path, struct tspdm_buffer *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd >= 0 ? read(fd, out->ptr, out->cap) : -1;

	if (fd >= 0)
		close(fd);
	out->len = len > 0 ? (size_t)len : 0;
	return out->len != 0;
}

/* An old result shows again to whoever saw it: who hands it over once more must not take away what came after it. */
static void compare(const struct attester *a, struct taken *t, bool *is_kept)
{
	uint8_t room[RESULT_MAX + 1];
	struct tspdm_buffer kept = { room, sizeof room, 0 };
	struct tspdm_result *before;

	if (!read_kept(a->options->accept_result, &kept))
		return;
	*is_kept = kept.len == t->text.len + 1 && memcmp(kept.ptr, t->text.ptr, t->text.len) == 0;
	if (*is_kept || t->result == NULL)
		return;
	before = malloc(sizeof *before);
	if (before != NULL && verify(a, tspdm_buffer_view(&kept), before) == TSPDM_OK &&
		before->issued > t->result->issued)
		t->why = "it is older than the one that is kept";
	free(before);
}

/* Whoever looks sees the old one or the new one, never a part. It is not waited for until it is on the disk, since nobody
 * is answered meanwhile; what a crash leaves is verified by whoever relies on it. */
static bool store(const char *path, struct tspdm_view text)
{
	static const uint8_t end[] = { '\n' };
	char part[PATH_ROOM];
	bool is_good;
	int fd;

	snprintf(part, sizeof part, "%s.part", path);
	(void)unlink(part); /* of one that was killed; and never through a link */
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
	is_good = fd >= 0 && file_write_all(fd, text) && file_write_all(fd, (struct tspdm_view){ end, sizeof end });
	if (fd >= 0 && close(fd) != 0)
		is_good = false;
	if (is_good && rename(part, path) == 0)
		return true;
	if (fd >= 0)
		(void)unlink(part);
	return false;
}

static void keep(const struct attester *a, struct taken *t)
{
	bool is_kept = false;

	compare(a, t, &is_kept);
	if (t->why == NULL && !is_kept && !store(a->options->accept_result, t->text))
		t->why = strerror(errno);
}

/* ---- The hook ---- */

static void tell(struct peer_judge *judge, const struct taken *t)
{
	const char *says = t->result != NULL ? tspdm_trust_tier_name(t->result->tier) : "unverified";
	bool is_good = t->why == NULL;
	unsigned more = 0;

	if (!log_may(&judge->results, &more))
		return;
	log_line(is_good ? LOG_INFO : LOG_WARN, "result",
		json_pack("{ss, sb, ss, si}", "peer", judge->peer, "kept", (int)is_good, is_good ? "says" : "reason",
			is_good ? says : t->why, "more", (int)more),
		is_good ? "%s: a result about this attester is kept: %s" : "%s: a result is refused: %s", judge->peer,
		is_good ? says : t->why);
}

static void judge_result(const struct attester *a, struct taken *t)
{
	enum tspdm_status status;

	if (t->why == NULL)
		check_form(t);
	if (t->why != NULL || t->result == NULL)
		return;
	status = verify(a, t->text, t->result);
	if (status != TSPDM_OK)
		t->why = reason_of(status);
}

static enum tspdm_status take_result(void *context, uint32_t session, struct tspdm_view items)
{
	struct peer_judge *judge = context;
	const struct attester *a = judge->attester;
	bool is_verified = !a->options->is_result_unverified;
	struct taken t = { .result = is_verified ? calloc(1, sizeof *t.result) : NULL };

	(void)session;
	if (is_verified && t.result == NULL)
		return TSPDM_ERR_MEMORY;
	find(items, &t);
	judge_result(a, &t);
	if (t.why == NULL)
		keep(a, &t);
	tell(judge, &t);
	free(t.result);
	return t.why == NULL ? TSPDM_OK : TSPDM_ERR_EVIDENCE_REFUSED;
}

void results_configure(const struct attester *a, struct peer_judge *judge, struct tspdm_responder_config *config)
{
	if (a->options->accept_result == NULL)
		return;
	config->presented.result = take_result;
	config->presented.context = judge;
}
