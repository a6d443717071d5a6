/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Transcripts outside sessions as running hashes. */
#include <string.h>

#include "core/transcript.h"

#include <tspdm/secret.h>

static void free_hashes(struct transcript *t)
{
	const struct tspdm_crypto_ops *ops = t->crypto->ops;

	ops->hash_free(t->crypto, t->vca);
	ops->hash_free(t->crypto, t->m);
	ops->hash_free(t->crypto, t->l);
	ops->hash_free(t->crypto, t->scratch);
	t->vca = t->m = t->l = t->scratch = NULL;
}

void tspdm_transcript_init(struct transcript *t, struct tspdm_crypto *crypto)
{
	memset(t, 0, sizeof *t);
	t->crypto = crypto;
}

void tspdm_transcript_drop(struct transcript *t)
{
	struct tspdm_crypto *crypto = t->crypto;

	free_hashes(t);
	tspdm_wipe(t, sizeof *t);
	t->crypto = crypto;
}

static enum tspdm_status append_vca(struct transcript *t, struct tspdm_view message)
{
	if (message.len > sizeof t->vca_bytes - t->vca_len || t->vca_count == VCA_MESSAGES)
		return TSPDM_ERR_TOO_LARGE;
	if (message.len != 0)
		memcpy(t->vca_bytes + t->vca_len, message.ptr, message.len);
	t->vca_len = (uint16_t)(t->vca_len + message.len);
	t->vca_ends[t->vca_count++] = t->vca_len;
	return TSPDM_OK;
}

static void cut_vca(struct transcript *t, uint16_t vca_len)
{
	t->vca_len = vca_len;
	while (t->vca_count != 0 && t->vca_ends[t->vca_count - 1] > vca_len)
		t->vca_count--;
}

struct tspdm_view tspdm_transcript_vca_message(const struct transcript *t, unsigned i)
{
	size_t from = i == 0 || i >= t->vca_count ? 0 : t->vca_ends[i - 1];

	return (struct tspdm_view){ t->vca_bytes + from, i < t->vca_count ? t->vca_ends[i] - from : 0 };
}

enum tspdm_status tspdm_transcript_vca(struct transcript *t, struct tspdm_view request, struct tspdm_view response)
{
	uint16_t mark = t->vca_len;
	enum tspdm_status status = append_vca(t, request);

	if (status == TSPDM_OK)
		status = append_vca(t, response);
	if (status != TSPDM_OK)
		cut_vca(t, mark);
	return status;
}

void tspdm_transcript_rewind(struct transcript *t, uint16_t vca_len)
{
	free_hashes(t);
	t->is_open = false;
	t->hash = 0;
	cut_vca(t, vca_len);
}

static enum tspdm_status make_hashes(struct transcript *t)
{
	const struct tspdm_crypto_ops *ops = t->crypto->ops;
	struct tspdm_hash **const all[] = { &t->vca, &t->m, &t->l, &t->scratch };

	free_hashes(t);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		TSPDM_TRY(ops->hash_new(t->crypto, t->hash, all[i]));
	return TSPDM_OK;
}

enum tspdm_status tspdm_transcript_open(struct transcript *t, uint8_t version, uint32_t hash)
{
	struct tspdm_view vca = { t->vca_bytes, t->vca_len };

	t->version = version;
	t->hash = hash;
	t->is_open = false;
	if (hash == 0)
		return TSPDM_OK;
	TSPDM_TRY(make_hashes(t));
	TSPDM_TRY(t->crypto->ops->hash_update(t->crypto, t->vca, vca));
	t->is_open = true;
	TSPDM_TRY(tspdm_transcript_reset_m(t));
	return tspdm_transcript_reset_l(t);
}

/* Puts `from` and one exchange into the scratch hash. */
static enum tspdm_status extend(
	struct transcript *t, const struct tspdm_hash *from, struct tspdm_view request, struct tspdm_view response)
{
	const struct tspdm_crypto_ops *ops = t->crypto->ops;

	if (!t->is_open || from == NULL)
		return TSPDM_ERR_STATE;
	TSPDM_TRY(ops->hash_copy(t->crypto, t->scratch, from));
	TSPDM_TRY(ops->hash_update(t->crypto, t->scratch, request));
	return ops->hash_update(t->crypto, t->scratch, response);
}

/* Makes `to` what `from` is and one exchange more. Where that fails `to` is as before: never half an exchange. */
static enum tspdm_status append(struct transcript *t, struct tspdm_hash **to, const struct tspdm_hash *from,
	struct tspdm_view request, struct tspdm_view response)
{
	struct tspdm_hash *extended;

	TSPDM_TRY(extend(t, from, request, response));
	extended = t->scratch;
	t->scratch = *to;
	*to = extended;
	return TSPDM_OK;
}

static enum tspdm_status finish_scratch(struct transcript *t, uint8_t *digest)
{
	return t->crypto->ops->hash_final(t->crypto, t->scratch, digest);
}

/* L1/L2 of the context in force. */
static struct tspdm_hash **log_of(struct transcript *t)
{
	return t->session_log != NULL ? t->session_log : &t->l;
}

void tspdm_transcript_context(struct transcript *t, struct tspdm_hash **session_log)
{
	t->session_log = session_log;
}

enum tspdm_status tspdm_transcript_reset_m(struct transcript *t)
{
	return t->is_open ? t->crypto->ops->hash_copy(t->crypto, t->m, t->vca) : TSPDM_OK;
}

enum tspdm_status tspdm_transcript_b(
	struct transcript *t, bool is_digests, struct tspdm_view request, struct tspdm_view response)
{
	if (t->session_log != NULL) /* DSP0274 1.2 "M1/M2": what is exchanged in a session is not in B */
		return TSPDM_OK;
	return append(t, &t->m, is_digests ? t->vca : t->m, request, response);
}

enum tspdm_status tspdm_transcript_challenge(
	struct transcript *t, struct tspdm_view request, struct tspdm_view unsigned_response, uint8_t *digest)
{
	TSPDM_TRY(extend(t, t->m, request, unsigned_response));
	return finish_scratch(t, digest);
}

enum tspdm_status tspdm_transcript_authenticated(struct transcript *t)
{
	TSPDM_TRY(tspdm_transcript_reset_m(t));
	t->is_authenticated = true;
	return TSPDM_OK;
}

enum tspdm_status tspdm_transcript_l(struct transcript *t, struct tspdm_view request, struct tspdm_view response)
{
	return t->hash == 0 ? TSPDM_OK : append(t, log_of(t), *log_of(t), request, response);
}

enum tspdm_status tspdm_transcript_measurements(
	struct transcript *t, struct tspdm_view request, struct tspdm_view unsigned_response, uint8_t *digest)
{
	TSPDM_TRY(extend(t, *log_of(t), request, unsigned_response));
	return finish_scratch(t, digest);
}

/* From 1.2 on L1/L2 begins with VCA; before that it is empty. */
enum tspdm_status tspdm_transcript_reset_l(struct transcript *t)
{
	struct tspdm_hash *log = *log_of(t);

	if (!t->is_open || log == NULL)
		return TSPDM_OK;
	if (t->version < TSPDM_V12)
		return t->crypto->ops->hash_reset(t->crypto, log);
	return t->crypto->ops->hash_copy(t->crypto, log, t->vca);
}

enum tspdm_status tspdm_transcript_new_log(struct transcript *t, struct tspdm_hash **log)
{
	struct tspdm_hash **before = t->session_log;
	enum tspdm_status status = t->crypto->ops->hash_new(t->crypto, t->hash, log);

	if (status != TSPDM_OK)
		return status;
	t->session_log = log;
	status = tspdm_transcript_reset_l(t);
	t->session_log = before;
	return status;
}

enum tspdm_status tspdm_transcript_l_digest(struct transcript *t, uint8_t *digest)
{
	if (!t->is_open)
		return TSPDM_ERR_STATE;
	TSPDM_TRY(t->crypto->ops->hash_copy(t->crypto, t->scratch, *log_of(t)));
	return finish_scratch(t, digest);
}

/* Requests that clear B and C while the connection's CHALLENGE is not completed yet. Where it is, deployed
 * implementations leave them alone although one sentence of the standard says that GET_MEASUREMENTS always clears. */
static bool skips_challenge(uint8_t code)
{
	static const uint8_t codes[] = { TSPDM_GET_MEASUREMENTS, TSPDM_KEY_EXCHANGE, TSPDM_FINISH, TSPDM_PSK_EXCHANGE,
		TSPDM_PSK_FINISH, TSPDM_KEY_UPDATE, TSPDM_HEARTBEAT, TSPDM_GET_ENCAPSULATED_REQUEST,
		TSPDM_DELIVER_ENCAPSULATED_RESPONSE, TSPDM_END_SESSION, TSPDM_GET_MEASUREMENT_EXTENSION_LOG };

	for (size_t i = 0; i < sizeof codes; i++)
		if (codes[i] == code)
			return true;
	return false;
}

enum tspdm_status tspdm_transcript_request(struct transcript *t, uint8_t code)
{
	if (!t->is_authenticated && skips_challenge(code))
		TSPDM_TRY(tspdm_transcript_reset_m(t));
	return code == TSPDM_GET_MEASUREMENTS ? TSPDM_OK : tspdm_transcript_reset_l(t);
}

enum tspdm_status tspdm_transcript_error(struct transcript *t)
{
	return tspdm_transcript_reset_l(t);
}
